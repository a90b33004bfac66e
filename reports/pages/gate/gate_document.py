"""The report of a gate as a document."""

from collections.abc import Iterator

from taskgauge.reports.judging.conformance.counting import HOW_TO_READ
from taskgauge.reports.judging.gate.duet_rows import interval, percent
from taskgauge.reports.judging.gate.gate_verdict import GateRow, Judged
from taskgauge.reports.judging.gate.trust import Check
from taskgauge.reports.pages.bench.measurement_tables import flat
from taskgauge.reports.pages.conformance.matrix import conformance_tables
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Document, Section, Table
from taskgauge.reports.run_folder.gate_files import Sides

_TRUST = (
    "The A/A control compares base with base and must show no difference. The positive control is head with a known "
    "amount of extra work (a fifth, or three margins if that is more), on top of head's own difference. The gate must "
    "detect it."
)
_LONGEST = 1000
"""Characters of a text that the report shows at most."""
_WIDTHS = (30, 22, 22, 20, 8, 13, 60)


def document(judged: Judged, *, commands_below: bool = False) -> Document:
    """Return the report, with the verdict's sentence as title.

    The commands are a column of the table. With `commands_below`, for terminals, they stand below it and the report is
    shorter.
    """
    return Document(
        title=judged.sentence,
        summary=_requested(judged),
        sections=tuple(sections(judged, commands_below=commands_below)),
    )


def sections(judged: Judged, *, commands_below: bool = False) -> Iterator[Section]:
    """Yield the sections on rows, notes, controls, counters, conformance, versions and the run; none is empty."""
    if judged.rows:
        yield Section(title="Results", tables=(_rows(judged, commands_below=commands_below),))
    if judged.notes:
        yield Section(title="Notes", paragraphs=judged.notes)
    if judged.checks:
        yield Section(
            title="Reliability of the times",
            paragraphs=(_TRUST,),
            tables=(_checks(judged.checks),),
        )
    counted = tuple(
        (row.operation, ", ".join(row.details))
        for row in judged.of("PASS")
        if (row.part, row.estimate) == ("ledger", "")
    )
    if counted and not commands_below:
        table = Table(
            caption="Counters that are the same in base and head", headers=("Operation", "Counters"), rows=counted
        )
        yield Section(title="Unchanged counters", tables=(table,))
    if judged.checked:
        tables = conformance_tables(judged.checked)
        # A terminal shows only the totals; the counts by area are in the files.
        yield Section(title="Conformance", paragraphs=(HOW_TO_READ,), tables=tables[:1] if commands_below else tables)
    if judged.sides:
        yield Section(title="Compared versions", tables=tuple(_sides(judged.sides)))
    if not commands_below:
        yield Section(title="Run details", tables=tuple(_run(judged)))


def _requested(judged: Judged) -> str:
    if judged.sides is None:
        return "The sides could not be built."
    return f"Base is {judged.sides.base.asked}, head is {judged.sides.head.asked}."


def _rows(judged: Judged, *, commands_below: bool) -> Table:
    headers = ("Operation or target", "Measure", "Head against base", "Interval (99 % each way)", "Margin", "Verdict")
    rows = [
        (row.operation, row.measure, row.estimate, row.interval, row.margin, row.verdict)
        + (() if commands_below else (row.command,))
        for row in judged.rows
    ]
    repeated = {row.command: _what(row) for row in judged.rows if row.command}
    return Table(
        caption="Results, the worst first",
        headers=headers if commands_below else (*headers, "Command to repeat the row"),
        rows=tuple(rows),
        commands=tuple((what, command) for command, what in repeated.items()) if commands_below else (),
        quoted=tuple((f"{row.operation} {row.measure}", _details(row)) for row in judged.rows if _has_details(row)),
        widths=_WIDTHS,
    )


def _what(row: GateRow) -> str:
    """Return the name of what a command repeats: an operation, or a requirement of a target."""
    return f"{row.operation} {row.measure}" if row.part == "conformance" else row.operation


def _has_details(row: GateRow) -> bool:
    return bool(row.details) and row.verdict != "PASS"


def _details(row: GateRow) -> str:
    return "\n".join(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…" for text in row.details)


def _checks(checks: tuple[Check, ...]) -> Table:
    return Table(
        caption="A/A control and positive control",
        headers=("Comparison", "Operation", "Pairs", "Estimate", "Interval (99 % each way)", "As expected"),
        rows=tuple(
            (
                check.comparison,
                check.operation,
                str(check.pairs),
                percent(check.ratio),
                interval(check.low, check.high),
                "yes" if check.holds else f"NO: {check.reason}",
            )
            for check in checks
        ),
        widths=(10, 30, 5, 9, 20, 40),
    )


def _sides(sides: Sides) -> Iterator[Table]:
    yield Table(
        caption="Sides",
        headers=("Side", "Requested", "Kind", "Version", "Commit"),
        rows=tuple(
            (name, side.asked, side.kind, side.version, side.commit or "")
            for name, side in (("base", sides.base), ("head", sides.head))
        ),
        notes=tuple(
            filter(
                None,
                (
                    f"Under test: {', '.join(sides.under_test)}." if sides.under_test else "",
                    f"Targets: {', '.join(sides.targets)}." if sides.targets else "",
                    f"Python {sides.python}." if sides.python else "",
                ),
            )
        ),
    )
    names = sorted(sides.base.packages.keys() | sides.head.packages.keys())
    both = [(name, sides.base.packages.get(name, ""), sides.head.packages.get(name, "")) for name in names]
    if apart := tuple(row for row in both if row[1] != row[2]):
        headers = ("Package", "Base", "Head")
        yield Table(caption="Packages that differ between the sides", headers=headers, rows=apart)


def _run(judged: Judged) -> Iterator[Table]:
    known = {key: value for key, value in judged.provenance.items() if key != "parts"}
    yield Table(caption="The run", headers=("Fact", "Value"), rows=tuple(flat(known)))
    if judged.parts:
        yield Table(
            caption="The parts of the run",
            headers=("Part", "State", "Duration (s)", "Reason"),
            rows=tuple((part.name, part.state, numbers.seconds(part.seconds), part.reason) for part in judged.parts),
        )
