"""The targets beside each other: how many requirements of which verdict, in all and by area."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.judging.conformance.counting import HOW_TO_READ, NOT_PASSED, cell, passed
from taskgauge.reports.judging.conformance.known_failures import KnownState
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.verdict import Verdict

# A terminal is taken to have so many columns, and so many targets fit beside each other there.
COLUMNS = 100
BESIDE = 6
_TITLES = {
    "TSK": "Task",
    "VAL": "Validation",
    "BCK": "Backend",
    "ENQ": "Enqueueing",
    "ARG": "Arguments",
    "PRI": "Priority",
    "DEF": "Deferral",
    "QUE": "Queues",
    "RES": "Results",
    "RET": "Return values",
    "ERR": "Failures",
    "CTX": "Context",
    "SIG": "Signals",
    "ASY": "Async",
    "SET": "Settings",
    "CHK": "Checks",
    "TXN": "Transactions",
    "WRK": "Worker",
    "PKL": "Pickling",
    "BLT": "Built-in",
}


def conformance_section(found: Sequence[Checked]) -> Section:
    """Return how each target does, what is broken by whom, and the matrix of areas."""
    tables = [_overview(found), *_broken(found), *_known(found), *_matrix(found)]
    return Section(title="Conformance", paragraphs=(HOW_TO_READ,), tables=tuple(tables))


def conformance_tables(found: Sequence[Checked]) -> tuple[Table, ...]:
    """Return the tables that a README has room for: all verdicts of each target, and the matrix."""
    return _overview(found), *_matrix(found)


def backends_at_a_glance(found: Sequence[Checked]) -> Table:
    """Return one line for each backend, on its first store, without the reference ones and one that runs nothing."""
    by_backend: dict[str, Checked] = {}
    for checked in found:
        backend = checked.name.partition("@")[0]
        if checked.target.is_judged and not backend.startswith("reference-") and checked.target.runs != "never":
            by_backend.setdefault(backend, checked)
    rows = []
    for checked in by_backend.values():
        judged = checked.target.rows(Verdict.PASS, *NOT_PASSED)
        counts = Counter(row.verdict for row in judged)
        applying = sum(row.verdict is not Verdict.NOT_APPLICABLE and not row.verdict.declines for row in judged)
        rows.append(
            (
                checked.name,
                f"{counts[Verdict.PASS]} of {applying}",
                *(f"{counts[verdict] or '-'}" for verdict in (Verdict.FAIL, Verdict.OVERCLAIM, Verdict.DECLINED)),
            )
        )
    return Table(
        caption="Requirements that each backend keeps",
        headers=("Target", "Kept", "FAIL", "OVERCLAIM", "DECLINED"),
        rows=tuple(rows),
        commands=(("all of it", "taskgauge conformance"),),
    )


def beside[T](found: Sequence[T]) -> Iterator[Sequence[T]]:
    """Return as many at a time as fit beside each other, shared out evenly."""
    tables = -(-len(found) // BESIDE)
    size = -(-len(found) // max(tables, 1))
    return (found[start : start + size] for start in range(0, len(found), max(size, 1)))


def widths(first: int, targets: int) -> tuple[int, ...]:
    """Return the width of the first column and that of the others, for so many targets beside each other."""
    return first, min((COLUMNS - first) // max(targets, 1) - 2, 30)


def _overview(found: Sequence[Checked]) -> Table:
    names = dict.fromkeys(one.target.target for one in found)
    rows = []
    for one in found:
        judged = one.target.rows(*Verdict)
        counts = Counter(row.verdict for row in judged)
        name = one.name if one.target.state == "finished" else f"{one.name} ({_state(one)})"
        rows.append((name, passed(judged) or "-", *(f"{counts[word] or '-'}" for word in NOT_PASSED)))
    return Table(
        caption=f"Requirements by verdict: each target's own, and +those it inherits ({_versions(found)})",
        headers=("Target", *Verdict),
        rows=tuple(rows),
        widths=(28, 10),
        commands=(("all of it", shlex.join(["taskgauge", "conformance", *names])),),
    )


def _versions(found: Sequence[Checked]) -> str:
    """Return what was judged, and on what, each with every version that it had."""
    versions: dict[str, set[str]] = {}
    for one in found:
        for name, version in one.target.versions.items():
            versions.setdefault(name, set()).add(version)
    return ", ".join(f"{name} {' and '.join(sorted(versions[name]))}" for name in versions)


def _state(one: Checked) -> str:
    return "not judged" if one.target.state == "failed" else one.target.state


def _broken(found: Sequence[Checked]) -> Iterator[Table]:
    order = list(dict.fromkeys(row.id for one in found for row in one.target.requirements))
    sentences: dict[str, str] = {}
    by: dict[str, dict[str, list[str]]] = {}
    for one in found:
        for row in one.broken:
            sentences[row.id] = row.sentence
            by.setdefault(row.id, {}).setdefault(row.verdict, []).append(one.name)
    if by:
        # That a backend is none of django.tasks is said before all else.
        ids = sorted(by, key=lambda name: (name != "BCK-01", order.index(name)))
        yield Table(
            caption="Each MUST that is broken, and by whom",
            headers=("Requirement", "Asked for", "Broken by"),
            rows=tuple(
                (
                    name,
                    sentences[name],
                    "; ".join(f"{verdict}: {', '.join(names)}" for verdict, names in by[name].items()),
                )
                for name in ids
            ),
            widths=(11, 52, 32),
        )


def _known(found: Sequence[Checked]) -> Iterator[Table]:
    rows = tuple(
        (one.name, row.id, row.known.reason, row.known.expires.isoformat(), _loud(one.known_state(row)), row.known.link)
        for one in found
        for row in one.known
        if row.known
    )
    if rows:
        yield Table(
            caption="Known failures",
            headers=("Target", "Requirement", "Reason", "Until", "Standing", "Link"),
            rows=rows,
            widths=(18, 11, 18, 10, 13, 18),
        )


def _loud(state: KnownState | None) -> str:
    return f"{state}".upper() if state in {KnownState.PASSES_AGAIN, KnownState.PAST_ITS_DATE} else f"{state}"


def _matrix(found: Sequence[Checked]) -> Iterator[Table]:
    judged = [one for one in found if one.target.is_judged]
    areas = list(dict.fromkeys(row.area for one in judged for row in one.target.requirements))
    for some in beside(judged):
        rows = [("all", *(cell(one.target.requirements) for one in some))]
        for area in areas:
            mine = [[row for row in one.target.requirements if row.area == area] for one in some]
            rows.append((f"{area} {_TITLES.get(area, '')}".strip(), *map(cell, mine)))
        yield Table(
            caption=f"By area: {', '.join(one.name for one in some)}",
            headers=("Area", *(one.name for one in some)),
            rows=tuple(rows),
            widths=widths(16, len(some)),
        )
