"""The targets side by side: counts of requirements by verdict, in total and by area."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.conformance.areas import AREAS
from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.judging.conformance.counting import HOW_TO_READ, NOT_PASSED, cell, passed
from taskgauge.reports.judging.conformance.known_failures import KnownState
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.run_folder.verdict import Verdict

COLUMNS = 100
"""The columns that a terminal is assumed to have."""
BESIDE = 6
"""The number of targets that fit side by side in a terminal."""
_AT_A_GLANCE = (Verdict.FAIL, Verdict.OVERCLAIM, Verdict.ADVISORY, Verdict.DECLINED, Verdict.UNKNOWN)


def conformance_section(targets: Sequence[Checked]) -> Section:
    """Return the section with the counts of each target, the broken requirements, the known failures and the areas."""
    tables = [_overview(targets), *_broken(targets), *_known(targets), *_matrix(targets)]
    return Section(title="Conformance", paragraphs=(HOW_TO_READ,), tables=tuple(tables))


def conformance_tables(targets: Sequence[Checked]) -> tuple[Table, ...]:
    """Return the tables for a README: all verdicts of each target, and the counts by area."""
    return _overview(targets), *_matrix(targets)


def backends_at_a_glance(targets: Sequence[Checked]) -> Table:
    """Return a line for each backend on its first store, without reference backends and backends that run no task."""
    by_backend: dict[str, Checked] = {}
    for checked in targets:
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
                *(f"{counts[verdict] or '-'}" for verdict in _AT_A_GLANCE),
            )
        )
    return Table(
        caption="Requirements that each backend keeps",
        headers=("Target", "Kept", *_AT_A_GLANCE),
        rows=tuple(rows),
        commands=(("all verdicts", "taskgauge conformance"),),
    )


def beside[T](items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Return groups of nearly equal size that fit side by side in a terminal."""
    tables = -(-len(items) // BESIDE)
    size = -(-len(items) // max(tables, 1))
    return (items[start : start + size] for start in range(0, len(items), max(size, 1)))


def widths(first: int, targets: int) -> tuple[int, ...]:
    """Return the width of the first column and of the other columns, for a number of targets side by side."""
    return first, min((COLUMNS - first) // max(targets, 1) - 2, 30)


def _overview(targets: Sequence[Checked]) -> Table:
    rows = []
    for checked in targets:
        judged = checked.target.rows(*Verdict)
        counts = Counter(row.verdict for row in judged)
        name = checked.name if checked.target.state == "finished" else f"{checked.name} ({_state(checked)})"
        rows.append((name, passed(judged) or "-", *(f"{counts[word] or '-'}" for word in NOT_PASSED)))
    return Table(
        caption=f"Requirements by verdict: each target's own, + those it inherits ({_versions(targets)})",
        headers=("Target", *Verdict),
        rows=tuple(rows),
        widths=(28, 10),
        commands=(("all verdicts", _command(targets)),),
    )


def _command(targets: Sequence[Checked]) -> str:
    """Return the command that checks all targets again."""
    words: dict[str, None] = {}
    options: dict[str, None] = {}
    for checked in targets:
        name, *more = shlex.split(checked.target.command)[2:] or [checked.target.target]
        words[name] = None
        options[shlex.join(more)] = None
    return " ".join([shlex.join(["taskgauge", "conformance", *words]), *filter(None, options)])


def _versions(targets: Sequence[Checked]) -> str:
    """Return each package that was judged or used, with all of its versions."""
    versions: dict[str, set[str]] = {}
    for checked in targets:
        for name, version in checked.target.versions.items():
            versions.setdefault(name, set()).add(version)
    return ", ".join(f"{name} {' and '.join(sorted(versions[name]))}" for name in versions)


def _state(checked: Checked) -> str:
    return "not judged" if checked.target.state == "failed" else checked.target.state


def _broken(targets: Sequence[Checked]) -> Iterator[Table]:
    order = list(dict.fromkeys(row.id for checked in targets for row in checked.target.requirements))
    sentences: dict[str, str] = {}
    by: dict[str, dict[str, list[str]]] = {}
    for checked in targets:
        for row in checked.broken:
            sentences[row.id] = row.sentence
            by.setdefault(row.id, {}).setdefault(row.verdict, []).append(checked.name)
    if by:
        # A backend that is not built on django.tasks comes first.
        ids = sorted(by, key=lambda name: (name != "BCK-01", order.index(name)))
        yield Table(
            caption="Broken MUST requirements",
            headers=("Requirement", "Text", "Broken by"),
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


def _known(targets: Sequence[Checked]) -> Iterator[Table]:
    rows = tuple(
        (
            checked.name,
            row.id,
            row.known.reason,
            row.known.expires.isoformat(),
            _loud(checked.known_state(row)),
            row.known.link,
        )
        for checked in targets
        for row in checked.known
        if row.known
    )
    if rows:
        yield Table(
            caption="Known failures",
            headers=("Target", "Requirement", "Reason", "Until", "Status", "Link"),
            rows=rows,
            widths=(18, 11, 18, 10, 13, 18),
        )


def _loud(state: KnownState | None) -> str:
    return f"{state}".upper() if state in {KnownState.PASSES_AGAIN, KnownState.PAST_ITS_DATE} else f"{state}"


def _matrix(targets: Sequence[Checked]) -> Iterator[Table]:
    judged = [checked for checked in targets if checked.target.is_judged]
    areas = list(dict.fromkeys(row.area for checked in judged for row in checked.target.requirements))
    for group in beside(judged):
        rows = [("all", *(cell(checked.target.requirements) for checked in group))]
        for area in areas:
            mine = [[row for row in checked.target.requirements if row.area == area] for checked in group]
            rows.append((f"{area} {AREAS.get(area, '')}".strip(), *map(cell, mine)))
        yield Table(
            caption=f"By area: {', '.join(checked.name for checked in group)}",
            headers=("Area", *(checked.name for checked in group)),
            rows=tuple(rows),
            widths=widths(16, len(group)),
        )
