"""The tables of the part `overhead`: the steps of an enqueue and of an execution, with shares that add up."""

from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.standings import Standing, named_targets
from taskgauge.reports.metrics.step_shares import STEPS, StepTimes
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Table
from taskgauge.reports.run_folder.commands import target_command

_WORDS = {
    "call": "Task.enqueue or Task.call, and the look-up of the backend",
    "validation": "validation of the task",
    "normalising": "normalising and copying of arguments and the return value",
    "copying": "copies of other objects",
    "objects": "Task and TaskResult",
    "id": "the id",
    "signals": "signals",
    "logging": "log records of Django's receivers",
    "backend": "the backend's own code",
    "driver": "the driver and the store",
}
_MEANS = (
    "Means over all sessions, of the quicker half of the calls. The shares of the steps add up to 100 %; the body of "
    "the task is not among them."
)
_FAR = 1.25
"""The ratio of the sum of the steps to the whole without timers from which a note says that they differ."""


def step_tables(analysis: Analysis, contract: str, rows: Sequence[Standing], *, several: bool) -> Iterator[Table]:
    """Yield the table of steps of a group of targets; nothing if no steps were timed."""
    timed = [row for row in rows if row.steps]
    if not timed:
        return
    part = analysis.run.registry.part(rows[0].part)
    targets = named_targets(timed)
    where = f": {analysis.label}" if several else ""
    yield Table(
        caption=f"{part.title}: steps, {contract}{where}",
        headers=("Target", "Step", "Enqueue (µs)", "Share", "Execution (µs)", "Share"),
        rows=tuple(cells for row in timed for cells in _rows(row)),
        commands=(("this table", target_command(part, targets, analysis.run.run)),),
        notes=(_MEANS, *(note for row in timed for note in _notes(row))),
        widths=(26, 40, 12, 8, 12, 8),
    )


def _rows(row: Standing) -> Iterator[tuple[str, ...]]:
    enqueue, execution = row.steps.get("enqueue"), row.steps.get("execute")
    for step in STEPS:
        if any(times is not None and step in times.steps for times in (enqueue, execution)):
            cells = [cell for times in (enqueue, execution) for cell in _cells(times, step)]
            yield row.target, _WORDS[step], *cells
    for words, pick in (("Django's part", "django"), ("all steps", "total"), ("the whole, without timers", "whole")):
        yield (
            row.target,
            words,
            *(cell for times in (enqueue, execution) for cell in _sums(times, pick)),
        )


def _cells(times: StepTimes | None, step: str) -> tuple[str, str]:
    if times is None:
        return "not measured", ""
    value = times.steps.get(step, 0.0)
    return numbers.value(value), numbers.percent(value / times.total)


def _sums(times: StepTimes | None, pick: str) -> tuple[str, str]:
    if times is None:
        return "not measured", ""
    value: float = getattr(times, pick)
    return numbers.value(value), "" if pick == "whole" else numbers.percent(value / times.total)


def _notes(row: Standing) -> Iterator[str]:
    for name, times in row.steps.items():
        ratio = times.total / times.whole
        if not 1 / _FAR < ratio < _FAR:
            yield f"{row.target}, {name}: the steps add up to {ratio:.2f} times the whole, so its shares are rough."
