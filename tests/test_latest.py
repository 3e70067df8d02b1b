"""What was made last: no more than so many, the latest used, whichever threads ask."""

from threading import Thread

from casemgr.latest import Latest


class Meeting:
    """A key; while it is compared, as posts are in Python, another thread asks too and is waited for a while."""

    def __init__(self, kept: Latest) -> None:
        self.kept, self.others, self.between = kept, list[Thread](), 0

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        thread = Thread(target=self.kept.get, args=(len(self.others) + 2, object))
        self.others.append(thread)
        thread.start()
        thread.join(0.1)
        self.between += not thread.is_alive()
        return self is other


def test_the_latest_used_are_kept() -> None:
    kept, made = Latest(2), list[str]()
    for key in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(key, lambda: made.append(key) or key) == key  # noqa: B023  called at once
    assert made == ["a", "b", "c", "b"] and len(kept.kept) == 2


def test_no_thread_comes_in_while_another_looks() -> None:
    kept = Latest(2)
    kept.get(1, object)
    key = Meeting(kept)
    kept.get(key, object)
    for thread in key.others:
        thread.join()
    assert key.others and not key.between and len(kept.kept) == 2
