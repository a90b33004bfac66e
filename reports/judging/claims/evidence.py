"""The evidence of a run for or against a claim, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from taskgauge.reports.judging.claims.claim import BehaviourCheck, Deciding, Figure
from taskgauge.reports.judging.claims.row_outcome import RowOutcome, margin, read
from taskgauge.reports.judging.standings import Spread
from taskgauge.reports.metrics.comparison import MetricRow, Rows
from taskgauge.reports.run_folder.commands import command
from taskgauge.reports.run_folder.reader import RunFolder
from taskgauge.reports.run_folder.run_file import FINISHED
from taskgauge.reports.statistics.estimates import Estimate, StatisticUndefined

_REASONS = {
    RowOutcome.NOISY: "spread {spread:.2f}",
    RowOutcome.UNSEEN: "the A/A control strays as far",
    RowOutcome.NEAR: "too close to the margin to tell",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEvidence:
    """One row that decides a claim or illustrates it, as this run has it; `reading` is None for a mere figure."""

    words: str
    command: str
    arm: str
    reading: RowOutcome | None = None
    baseline: str | None = None
    row: MetricRow | None = None
    estimate: Estimate | None = None
    control: Estimate | None = None
    margin: float | None = None
    value: float | None = None
    spread: Spread | None = None
    """The values of the sessions of a whole backend; without a `value`, their median is withheld."""
    unit: str = ""
    answer: str = ""
    reason: str = ""


def decide(row: Deciding, run: RunFolder, rows: Rows) -> list[ClaimEvidence]:
    """Return what the run says of a deciding row: one piece for each condition that it was measured in."""
    how = command(run.registry.part(row.part), [row.measure, row.baseline_measure], [row.arm, row.baseline], run.scale)
    arms = (row.arm, row.baseline) if row.baseline_measure is None else (row.arm,)
    blank = ClaimEvidence(words=row.words, command=how, arm=row.arm, baseline=row.baseline)
    measured = rows.find(row.part, row.measure, row.condition, arms)
    if not measured:
        return [replace(blank, reading=RowOutcome.MISSING, reason=_why_missing(row, run))]
    pieces = [_compare(row, at, replace(blank, words=_words(row, at, measured)), rows) for at in measured]
    # Fewer processes measured these, but at the size that one cares about: shown, and not counted.
    scaled = [_compare(row, at, blank, rows) for small in measured for at in rows.larger(small, arms)]
    return pieces + [replace(piece, reading=None, margin=None, reason="at scale") for piece in scaled]


def _compare(row: Deciding, at: MetricRow, blank: ClaimEvidence, rows: Rows) -> ClaimEvidence:
    """Return the blank filled in with what the run has of the row."""
    blank = replace(blank, row=at, control=_control(at, rows))
    try:
        estimate = rows.compare(at, row.arm, row.baseline, _other(at, row.baseline_measure))
    except StatisticUndefined as error:
        return replace(blank, reading=RowOutcome.MISSING, reason=str(error))
    reading = read(estimate, blank.control, row.expect, row.effect)
    reason = _REASONS.get(reading, "").format(spread=estimate.spread)
    return replace(blank, reading=reading, estimate=estimate, margin=margin(estimate, row.effect), reason=reason)


def _words(row: Deciding | Figure, at: MetricRow, rivals: Sequence[MetricRow]) -> str:
    """Name the row; where one line of the claim found several, by what tells them apart."""
    if len(rivals) == 1:
        return row.words
    conditions = [f"{name} {value}" for name, value in at.condition if (name, value) not in row.condition]
    return f"{row.words} ({', '.join(conditions)})"


def _other(at: MetricRow, name: str | None) -> MetricRow | None:
    return None if name is None else MetricRow(part=at.part, measure=name, condition=at.condition, size=at.size)


def _control(at: MetricRow, rows: Rows) -> Estimate | None:
    part = rows.part(at)
    if part.control is None:
        return None
    try:
        return rows.compare(at, part.control, part.baseline)
    except StatisticUndefined:
        # Parts without an A/A control arm are judged by their interval alone, and the report says that there is none.
        return None


def illustrate(figure: Figure, run: RunFolder, rows: Rows) -> list[ClaimEvidence]:
    """Return what the run has of a figure, which decides nothing."""
    arms = [figure.arm] if figure.baseline is None else [figure.arm, figure.baseline]
    measures = [figure.measure, figure.baseline_measure]
    how = command(run.registry.part(figure.part), measures, arms, run.scale)
    blank = ClaimEvidence(words=figure.words, command=how, arm=figure.arm, baseline=figure.baseline)
    measured = rows.find(figure.part, figure.measure, figure.condition, tuple(arms[:1] if measures[1] else arms))
    pieces = []
    for at in measured:
        estimate, reason = None, ""
        if figure.baseline is not None:
            try:
                estimate = rows.compare(at, figure.arm, figure.baseline, _other(at, figure.baseline_measure))
            except StatisticUndefined as error:
                reason = str(error)
        pieces.append(
            replace(
                blank,
                words=_words(figure, at, measured),
                row=at,
                estimate=estimate,
                control=_control(at, rows),
                value=rows.typical(at, figure.arm),
                unit=rows.metric(at).unit,
                reason=reason,
            )
        )
    reason = _left_out(figure, run) or _part_reason(figure.part, run) or f"no sample of {' and '.join(arms)}"
    return pieces or [replace(blank, reason=reason)]


def _why_missing(row: Deciding, run: RunFolder) -> str:
    if row.needs_pickled_task and run.django.startswith("6.0"):
        return "N/A: Django 6.0 cannot pickle a Task"
    return (
        _left_out(row, run)
        or _part_reason(row.part, run)
        or f"no sample of {row.measure} has both {row.arm} and {row.baseline}"
    )


def _left_out(row: Deciding | Figure, run: RunFolder) -> str:
    wanted = {row.measure, row.baseline_measure}, {row.arm, row.baseline}
    reasons = [
        left_out
        for left_out in run.left_out
        if left_out.part == row.part and left_out.metric in wanted[0] and left_out.arm in wanted[1]
    ]
    return "; ".join(dict.fromkeys(f"{left_out.arm}: {left_out.reason}" for left_out in reasons))


def _part_reason(name: str, run: RunFolder) -> str:
    part = run.part(name)
    if part.state == FINISHED:
        return ""
    return f"part {name}: {part.state}" + (f" ({part.reason})" if part.reason else "")


def answer(asked: BehaviourCheck, run: RunFolder) -> ClaimEvidence:
    """Return what the behaviour table answers. An answer other than yes or no counts as not measured."""
    how = command(run.registry.part("behaviour"), [asked.question], [asked.arm], run.scale)
    answers = [row for row in run.answers if (row.id, row.arm) == (asked.question, asked.arm)]
    text = ""
    if answers:
        text = f"{answers[0].answer} ({answers[0].detail})" if answers[0].detail else answers[0].answer
    reading, reason = RowOutcome.MISSING, ""
    if answers and answers[0].answer in {"yes", "no"}:
        reading = RowOutcome.FOR if answers[0].answer == asked.answer else RowOutcome.AGAINST
    else:
        reason = text or _part_reason("behaviour", run) or f"no answer of {asked.arm} to {asked.question}"
    return ClaimEvidence(words=asked.words, command=how, reading=reading, arm=asked.arm, answer=text, reason=reason)
