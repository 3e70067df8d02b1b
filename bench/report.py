"""docs/performance.md and its charts, written from the figures kept in bench/results/."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.ground.build import ROOT

PAGE = ROOT / "docs" / "performance.md"
CHARTS = ROOT / "docs" / "performance"
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
GROWTH = 1.3  # from the smallest to the largest ground
Found = dict[tuple[str, int], dict[str, Any]]
OTHERS = {  # measured by others on a machine like this one: p50 in ms at 10,000 / 100,000 matters; see `beside_others`
    "create": ("27 / 32", "308 / 254", "77 / 103", "46 / 41"),
    "open list": ("248 / 1,472", "534 / 653", "165 / 388", "48 / 154"),
    "dashboard": ("666 / 5,319", "324 / 355", "133 / 206", "76 / 188"),
    "change": ("56 / 53", "410 / 384", "205 / 251", "48 / 43"),
    "search in Chinese": ("437 / 2,511", "820 / 901", "115 / 701", "not found"),
    "creates a second, 4 clients": ("55", "6", "20", "52"),
    "ms an escalated matter": ("35", "137", "–", "–"),
}
OURS = {  # what stands beside it here: part and line
    "create": ("writes", "register"), "open list": ("pages", "open list (street)"), "dashboard": ("pages", "board (street)"),
    "change": ("writes", "step with all consequences"), "search in Chinese": ("pages", "search of 4 characters (street)"),
}  # fmt: skip
HEAD = """# Performance

Written by `make bench` from `bench/results/*.json`; do not edit by hand. `make bench CASES=10000|100000|1000000 DB=sqlite|postgres` measures
one ground and writes this page anew; `.venv/bin/python -m bench --report` writes it only.

How it is measured: [bench/README.md](../bench/README.md). A *floor* is the least the same server and database can do for the same kind
of thing, measured in the same run, turn by turn with the page: *floor page* a bare route with one indexed query and a table of 25 rows,
*floor write* a bare form that inserts one row durably, *floor move* one statement that moves N rows and writes N rows of audit. A
figure's multiple is the median of the multiples of each turn. p95 is held against twice the multiple allowed.

Where the milliseconds of a page go, what was done about them and why some targets are missed: [decision 34](decisions/0034-what-a-page-costs.md).
"""


def write(results: Path) -> None:
    """The page and the charts."""
    found: Found = {}
    for path in sorted(results.glob("*.json")):
        told = json.loads(path.read_text())
        found[told["db"], told["cases"]] = told
    CHARTS.mkdir(exist_ok=True)
    parts = [HEAD, grounds(found)]
    for db in ("sqlite", "postgres"):
        mine = {cases: told for (which, cases), told in sorted(found.items()) if which == db}
        if mine:
            parts += [f"## {NAMES[db]}", *of_database(db, mine)]
    parts += [beside_others(found), commands()]
    PAGE.write_text("\n\n".join(part.strip("\n") for part in parts if part) + "\n")


def grounds(found: Found) -> str:
    """What was measured on."""
    rows = []
    for (db, cases), told in sorted(found.items(), key=lambda one: (one[0][0], one[0][1])):
        machine, ground = told["machine"], told["ground"]
        rows.append((NAMES[db], thousands(cases), told["at"][:16].replace("T", " "), f"{ground['seconds']} s", f"{machine['processors']} processors, {NAMES[db]} {machine['database']}, durable: {machine['durable']}, load before: {machine['load_before']}"))
    return "## Grounds\n\n" + table(("Database", "Matters", "Measured (UTC)", "Built in", "On"), rows)


def of_database(db: str, mine: dict[int, dict[str, Any]]) -> list[str]:
    """The tables of one database."""
    most = max(mine)
    parts = []
    for part, title in (("pages", "Pages"), ("writes", "Writes")):
        sizes = [cases for cases in mine if part in mine[cases]]
        if not sizes:
            continue
        parts.append(f"### {title}, p50 / p95 in ms with one client\n\n" + lines_table(part, mine, sizes))
        name = f"{db}-{part}.svg"
        (CHARTS / name).write_text(chart(part, mine, sizes))
        parts.append(f"![{title} as multiples of their floor](performance/{name})")
    for cases in mine:
        parts.append(f"### {thousands(cases)} matters: all else\n\n" + table(("What", "Figure", "Target", ""), facts(mine[cases])))
    parts.append(missed(mine[most], most))
    return parts


def lines_table(part: str, mine: dict[int, dict[str, Any]], sizes: Sequence[int]) -> str:
    """Every line at every size, the multiple at the largest, and how it grew."""
    first, last = min(sizes), max(sizes)
    rows = []
    for name, told in mine[last][part].items():
        row = [name]
        for cases in sizes:
            one = mine[cases][part].get(name)
            row.append(f"{one['p50']} / {one['p95']}" if one else "")
        if "ratio" in told:
            start = mine[first][part].get(name, {}).get("ratio")
            grown = round(told["ratio"] / start, 2) if start and last > first else None
            row += [f"{told['ratio']} ×", f"≤ {told['target']:g} ×", f"{grown} ×" if grown else "–", verdict(told["met"] and (grown is None or grown <= GROWTH))]
        else:
            row += ["–", "–", "–", ""]
        rows.append(row)
    head = ("Line", *(thousands(cases) for cases in sizes), f"Multiple at {thousands(last)}", "Target", "Growth (≤ 1.3 ×)", "")
    return table(head, rows)


def facts(told: dict[str, Any]) -> list[tuple[str, ...]]:
    """Everything that is not a line of pages or writes."""
    rows: list[tuple[str, ...]] = []
    if search := told.get("search"):
        planted, seen, besides = (sum(one[name] for one in search.values()) for name in ("planted", "found", "besides"))
        rows.append(("Planted rows found by search, in scope", f"{seen} of {planted}, {besides} besides", "all, none besides", verdict(planted == seen and not besides)))
    if boards := told.get("boards"):
        rows.append(("Numbers of boards against a plain recount", f"{boards['numbers']} numbers, {boards['wrong']} differ", "none", verdict(not boards["wrong"])))
    if through := told.get("throughput"):
        floor = middle([one["per_second"] for one in through["floor write"]])
        for name in ("one street", "four streets"):
            mine = middle([one["per_second"] for one in through[name]])
            rows.append((f"Four clients register, {name}", f"{mine} a second, floor write {floor}: {mine / floor:.0%}", "≥ 40 % (PostgreSQL)" if told["db"] == "postgres" else "–", verdict(mine >= 0.4 * floor) if told["db"] == "postgres" else ""))
        rows.append(("Series of numbers with a gap", str(told["gaps"]), "0", verdict(told["gaps"] == 0)))
    if memory := told.get("memory"):
        flat = growth(memory["memory"])
        rows.append(("Web worker after mixed requests, resident (RSS)", f"{memory['most']} MB after {thousands(memory['requests'])}; in the second half {flat:+d} MB", "≤ 150 MB, flat", verdict(memory["most"] <= 150 and flat <= 10)))
    if late := told.get("lateness"):
        rows.append(("Lateness of rungs beside that load, p99", f"{late.get('p99', '–')} s of {late['rungs']} rungs", "≤ 60 s", verdict(late["p99"] <= 60) if "p99" in late else "none fell due"))
    if export := told.get("export"):
        rows.append(("Workbook", f"{thousands(export['rows'])} rows in {export['seconds']} s, peak {export['peak_mb']} MB", "bounded", verdict(export["state"] == "done")))
    if idle := told.get("idle"):
        rows.append(("Idle sweep over the whole", f"{idle['p50']} ms, {idle['ratio']} × floor page", "≤ 3 ×", verdict(idle["ratio"] <= 3)))
    for name, why in told.get("failed", {}).items():
        rows.append((f"Measurement “{name}” broke", why, "–", "**missed**"))
    for one in told.get("sweeps") or ():
        rows.append(sweep_row(one))
    if mails := told.get("mails"):
        rows.append(("Mails to a mail server, each once", f"{mails['mails']} of {mails['queued']} in {mails['seconds']} s, {mails['mails'] - mails['ids']} twice", "all once", verdict(mails["mails"] == mails["queued"] == mails["ids"])))
    return rows


def sweep_row(one: dict[str, Any]) -> tuple[str, ...]:
    """One sweep of many overdue matters."""
    name = f"{thousands(one['cases'])} overdue at once, {one['processes']} process{'es' if one['processes'] > 1 else ''}"
    if "not_run" in one:
        return name, f"not run: it would take {one['not_run']}", "≤ 0.4 ms a case", "**missed**"
    figure = f"{one['ms_per_case']} ms a case, {one['ratio']} × floor move; {one['raised']} raised, {one['twice']} twice, {one['notices']} notices, {one['left']} left"
    good = one["ms_per_case"] <= 0.4 and one["raised"] == one["cases"] and not one["twice"] and not one["left"]
    return name, figure, "≤ 0.4 ms a case" if one["processes"] == 1 else "quicker on PostgreSQL", verdict(good) if one["processes"] == 1 else ""


def missed(told: dict[str, Any], cases: int) -> str:
    """What was missed at the largest size, by how much."""
    rows = []
    for part in ("pages", "writes"):
        for name, one in told.get(part, {}).items():
            if "ratio" in one and not one["met"]:
                why = f"; wrong answers: {', '.join(one['wrong'][:2])}" if one["wrong"] else ""
                rows.append((name, f"{one['ratio']} × (p95 {one['p95_ratio']} ×)", f"{one['target']:g} ×", f"{one['ratio'] / one['target']:.1f} times the target{why}"))
    if not rows:
        return ""
    return f"### Missed at {thousands(cases)} matters\n\n" + table(("Line", "Measured", "Target", "By"), rows)


def growth(seen: Sequence[Sequence[int]]) -> int:
    """How many MB the largest worker grew in the second half."""
    half = [max(row[1:]) for row in seen[len(seen) // 2 :]]
    return half[-1] - half[0] if half else 0


def middle(values: Iterable[float]) -> float:
    """The median."""
    found = sorted(values)
    return found[len(found) // 2]


def verdict(good: bool) -> str:
    """Whether the target was met."""
    return "met" if good else "**missed**"


def thousands(number: int) -> str:
    """12,345."""
    return f"{number:,}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)])


def chart(part: str, mine: dict[int, dict[str, Any]], sizes: Sequence[int]) -> str:
    """Bars of every line's multiple at every size, its target as a mark; a scale that ends at 15."""
    names = [name for name, one in mine[max(sizes)][part].items() if "ratio" in one]
    most, left, high, wide = 15.0, 250, 8, 520
    step = high * len(sizes) + 14
    shades = ("#9bb8d3", "#4f81b0", "#1f4e79")
    out = []
    for row, name in enumerate(names):
        top = 30 + row * step
        out.append(f'<text x="{left - 8}" y="{top + high * len(sizes) / 2 + 4}" text-anchor="end">{name}</text>')
        for n, cases in enumerate(sizes):
            if one := mine[cases][part].get(name):
                out.append(f'<rect x="{left}" y="{top + n * high}" width="{min(one["ratio"], most) / most * wide:.1f}" height="{high - 1}" fill="{shades[n % 3]}"/>')
                if one["ratio"] > most:
                    out.append(f'<text x="{left + wide + 4}" y="{top + n * high + 7}" font-size="9">{one["ratio"]} ×</text>')
        target = left + mine[max(sizes)][part][name]["target"] / most * wide
        out.append(f'<line x1="{target}" x2="{target}" y1="{top - 2}" y2="{top + high * len(sizes) + 1}" stroke="#000" stroke-width="2"/>')
    key = "".join(f'<rect x="{left + n * 120}" y="8" width="12" height="10" fill="{shades[n % 3]}"/><text x="{left + n * 120 + 17}" y="17">{thousands(cases)}</text>' for n, cases in enumerate(sizes))
    height = 40 + step * len(names)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + 60} {height}" font-family="sans-serif" font-size="12">'
        f'<title>Multiples of the floor; the black mark is the target</title><rect width="100%" height="100%" fill="#fff"/>{key}{"".join(out)}</svg>\n'
    )


def beside_others(found: Found) -> str:
    """What comparable systems were seen to need for the same kind of thing, beside ours."""
    sizes = [10_000, 100_000]
    rows = [(name, *others, *(ours(name, found, db, sizes) for db in NAMES)) for name, others in OTHERS.items()]
    head = ("What", "django-helpdesk", "Request Tracker", "Redmine", "Roundup", *(f"casemgr, {name}" for name in NAMES.values()))
    return (
        "## Beside others\n\np50 in ms at 10,000 / 100,000 matters (title of 20, body of 200 Chinese characters, 10 % overdue). The others were measured "
        "earlier on a machine of the same kind, with their own defaults, not by this command: it is the order of magnitude that tells.\n\n"
        + table(head, rows)
    )


def ours(name: str, found: Found, db: str, sizes: Sequence[int]) -> str:
    """The same figure here, at these sizes."""
    told = [found.get((db, cases), {}) for cases in sizes]
    if name in OURS:
        part, line = OURS[name]
        cells = [str(one[part][line]["p50"]) if part in one else "–" for one in told]
    elif name.startswith("creates"):
        cells = [str(middle([x["per_second"] for x in one["throughput"]["one street"]])) if one.get("throughput") else "–" for one in told]
    else:
        cells = [str(one["sweeps"][0]["ms_per_case"]) if one.get("sweeps") else "–" for one in told]
    return " / ".join(cells)


def commands() -> str:
    """The other measurements, each with its command."""
    return """## Other measurements

| Command | What it tells |
|---|---|
| `make bench CASES=1000000 DB=postgres` | everything on this page |
| `.venv/bin/python -m bench.ground.build --cases 100000 --db sqlite` | the ground alone, for looking at a page by hand |
| `.venv/bin/python bench/export_measure.py` | a workbook of the list |
| `.venv/bin/python bench/verify_measure.py` | walking every chain of events |
| `.venv/bin/python bench/sorting_desk.py` | the sorting desk |
| `.venv/bin/python bench/triage_measure.py`, `bench/joint_measure.py`, `bench/joint_suggestion.py` | how well messages are read and joined |"""
