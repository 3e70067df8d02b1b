"""Which messages belong together: of many at once, and of one among groups that are there already."""

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from workflows.joint.likeness import MOST, score
from workflows.joint.profiles import Profile, grams
from workflows.joint.rarity import TELLING, Rarity, Weighed, grams_of, weighed

NEAREST = 8  # members of a group that a message is compared by: a large matter has many sides
JOIN = -0.25  # the mean score from which messages are joined
HINT = 2.0  # weight in common from which two messages are compared at all
Scores = dict[tuple[int, int], float]


def never(one: int, other: int) -> bool:
    """No two are known to be apart."""
    return False


def grouped(
    profiles: Sequence[Profile], rarity: Rarity, least: float = JOIN, apart: Callable[[int, int], bool] = never
) -> list[list[int]]:
    """Places of the messages in groups of one matter each, most alone in theirs; groups and members in the order given. `apart`
    says of two places that they are not the same whatever their words."""
    messages = [weighed(one, rarity) for one in profiles]
    scores = {pair: mark for pair, mark in pair_scores(messages, rarity).items() if not apart(*pair)}
    return sorted(sorted(group) for group in linked(len(profiles), scores, least))


def pair_scores(messages: Sequence[Weighed], rarity: Rarity) -> Scores:
    """The scores that are worth anything of the pairs that share anything; the smaller place first."""
    marks = ((pair, score(messages[pair[0]], messages[pair[1]])) for pair in candidate_pairs(messages, rarity))
    return {pair: mark for pair, mark in marks if mark > -MOST}


def candidate_pairs(messages: Sequence[Weighed], rarity: Rarity) -> Iterator[tuple[int, int]]:
    """The pairs that have telling grams in common which stand in the title of one, or that have one sender; each once."""
    marks = [marks_of(message.profile, rarity) for message in messages]
    holders = holders_of(messages, {gram for one in marks for gram in one})
    titled: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(marks):
        for gram in one:
            titled[gram].append(place)
    written = written_by(messages)
    for place, message in enumerate(messages):
        sharing = [(weight, holders[gram]) for gram, weight in marks[place].items()]
        sharing += [(rarity.weight(gram) - TELLING, titled[gram]) for gram in grams_of(message.profile) & titled.keys()]
        sharing.append((HINT, written.get(message.profile.sender, [])))
        yield from ((place, other) for other in with_hint(place, sharing))


def with_hint(place: int, sharing: Iterable[tuple[float, list[int]]]) -> list[int]:
    """The later messages that share enough with the one at a place."""
    hints: dict[int, float] = defaultdict(float)
    for weight, others in sharing:
        for other in others[bisect_right(others, place) :]:
            hints[other] += weight
    return sorted(other for other, hint in hints.items() if hint >= HINT)


def marks_of(one: Profile, rarity: Rarity) -> dict[str, float]:
    """The telling grams of a title, names or not, with their weight beyond TELLING."""
    return {gram: beyond for gram in grams(one.title) if (beyond := rarity.weight(gram) - TELLING) > 0}


def holders_of(messages: Sequence[Weighed], wanted: set[str]) -> dict[str, list[int]]:
    """Gram -> the messages that hold it anywhere."""
    holders: dict[str, list[int]] = {gram: [] for gram in wanted}
    for place, message in enumerate(messages):
        for gram in grams_of(message.profile) & wanted:
            holders[gram].append(place)
    return holders


def written_by(messages: Sequence[Weighed]) -> dict[str, list[int]]:
    """Known sender -> what he wrote."""
    written: dict[str, list[int]] = defaultdict(list)
    for place, message in enumerate(messages):
        if message.profile.sender:
            written[message.profile.sender].append(place)
    return written


def closeness(group: Sequence[int], other: Sequence[int], between: Callable[[int, int], float]) -> float:
    """How close two groups are: the mean, over the smaller, of the mean score with its NEAREST in the larger."""
    small, large = (group, other) if len(group) <= len(other) else (other, group)
    near = min(NEAREST, len(large))
    total = 0.0
    for one in small:
        marks = [between(one, two) for two in large]
        total += sum(marks if near == len(marks) else heapq.nlargest(near, marks))
    return total / (near * len(small))


def linked(size: int, scores: Scores, least: float) -> list[list[int]]:
    """The groups that come of joining, again and again, the two that are closest, as long as they are close enough."""
    def between(a: int, b: int) -> float:
        return scores.get((a, b) if a < b else (b, a), -MOST)

    groups: dict[int, list[int]] = {place: [place] for place in range(size)}
    beside: dict[int, set[int]] = defaultdict(set)
    queue = []
    for (a, b), mark in scores.items():
        if mark > 0:
            beside[a].add(b)
            beside[b].add(a)
            queue.append((-mark, a, b))
    heapq.heapify(queue)
    name = size
    while queue:
        mark, a, b = heapq.heappop(queue)
        if -mark < least:
            break
        if a not in groups or b not in groups:
            continue
        groups[name] = groups.pop(a) + groups.pop(b)
        for near in (beside.pop(a) | beside.pop(b)) & groups.keys():
            beside[near] -= {a, b}
            beside[near].add(name)
            beside[name].add(near)
            mark = closeness(groups[name], groups[near], between)
            if mark >= least:
                heapq.heappush(queue, (-mark, name, near))
        name += 1
    return list(groups.values())
