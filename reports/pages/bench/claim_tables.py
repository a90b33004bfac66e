"""The verdicts as tables: one table of all claims, and one table for each claim with its evidence."""

from collections.abc import Sequence
from textwrap import shorten

from taskgauge.reports.judging.claims.analysis import Analysis
from taskgauge.reports.judging.claims.claim import read_claims
from taskgauge.reports.judging.claims.evidence import ClaimEvidence
from taskgauge.reports.judging.claims.row_outcome import RowOutcome
from taskgauge.reports.judging.claims.verdict import ClaimOutcome, ClaimVerdict
from taskgauge.reports.pages.bench.spread_cells import range_cell, spread_cell
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Section, Table

_DECIDING = {
    ClaimOutcome.HOLDS: (RowOutcome.FOR,),
    ClaimOutcome.MIXED: (RowOutcome.FOR, RowOutcome.AGAINST, RowOutcome.SAME),
    ClaimOutcome.CONTRADICTED: (RowOutcome.AGAINST,),
    ClaimOutcome.NO_DIFFERENCE: (RowOutcome.SAME,),
}
"""The outcomes of rows that stand for a verdict, the first one first."""
_COLUMNS = 80
_WORD = 28
"""The columns of the longest verdict and the space after it."""
_SURPRISES = 5
"""The largest number of claims in a README."""
HOW_TO_READ = (
    f"A ratio is the first arm's value divided by the second arm's value. The {numbers.INTERVAL} belongs to the "
    "Hodges-Lehmann estimate over fresh processes. A row counts only if two conditions hold. Its interval lies beyond "
    "the margin, or beyond three times the margin if processes are too few for the full confidence. Its ratio lies "
    "beyond what the A/A control, an identical copy of the baseline, shows in the same row."
)


def verdict_table(analyses: Sequence[Analysis]) -> Table:
    """Return the table of all claims, with a verdict column for each run; a single run also has its evidence.

    A run without the claim has a dash.
    """
    single = len(analyses) == 1
    verdicts = ["Verdict"] if single else [f"Verdict on {analysis.label}" for analysis in analyses]
    rows = []
    for row_verdicts in _by_claim(analyses):
        claim, first = next((verdict.claim, verdict) for verdict in row_verdicts if verdict)
        decided = (decided_by(first),) if single else ()
        words = [said(verdict) if verdict else "-" for verdict in row_verdicts]
        rows.append((f"{claim.id}: {claim.claim}", claim.who.value, *words, *decided))
    return Table(
        caption=f"Each claim and its verdict, {', '.join(analysis.label for analysis in analyses)}",
        headers=("Claim", "Said by", *verdicts, *(("Decided by",) if single else ())),
        rows=tuple(rows),
        commands=(("all verdicts", "taskgauge bench"),),
    )


def surprises(analyses: Sequence[Analysis]) -> tuple[str, ...]:
    """Return a sentence for each of the first claims that the last run does not confirm, contradicted ones first."""
    order = (ClaimOutcome.CONTRADICTED, ClaimOutcome.NO_DIFFERENCE)
    unconfirmed = [verdict for word in order for verdict in analyses[-1].verdicts if verdict.word is word]
    return tuple(
        f"{said(verdict)}: {verdict.claim.claim} ({decided_by(verdict)})" for verdict in unconfirmed[:_SURPRISES]
    )


def claim_lines(analyses: Sequence[Analysis]) -> str:
    """Return one line for each claim, for a terminal of 80 columns: the verdict, and the beginning of the claim."""
    lines = []
    for analysis in analyses:
        if len(analyses) > 1:
            lines.append(f"{analysis.label}:")
        for verdict in analysis.verdicts:
            claim = shorten(verdict.claim.claim, _COLUMNS - _WORD, placeholder=" …")
            lines.append(f"{verdict.word.value:<{_WORD}}{claim}")
    return "\n".join(lines)


def evidence_section(analyses: Sequence[Analysis]) -> Section:
    """Return one table for each claim, with the rows that decide it in every run."""
    return Section(
        title="Evidence for each claim",
        paragraphs=(HOW_TO_READ,),
        tables=tuple(
            _claim_table([verdict for verdict in verdicts if verdict], several=len(analyses) > 1)
            for verdicts in _by_claim(analyses)
        ),
    )


def said(verdict: ClaimVerdict) -> str:
    """Return the verdict with its condition."""
    return f"{verdict.word} ({verdict.condition})" if verdict.condition else verdict.word.value


def decided_by(verdict: ClaimVerdict) -> str:
    """Return the first row with the same outcome as the verdict; the claim's own table has all rows."""
    decided = [piece for piece in verdict.evidence if piece.reading is not None]
    outcomes = _DECIDING.get(verdict.word, ())
    deciding = [piece for outcome in outcomes for piece in decided if piece.reading is outcome]
    shown = next(iter(deciding or decided or verdict.evidence))
    if shown.estimate is not None:
        return f"{shown.words}: {numbers.ratio(shown.estimate.ratio)} ({numbers.interval(shown.estimate)})"
    return f"{shown.words}: {value}" if (value := _value(shown)) else ""


def _by_claim(analyses: Sequence[Analysis]) -> list[tuple[ClaimVerdict | None, ...]]:
    """Return the verdicts of all runs on each claim, in the order of the claims; None for a run without the claim."""
    by_run = [{verdict.claim.id: verdict for verdict in analysis.verdicts} for analysis in analyses]
    places = {claim.id: place for place, claim in enumerate(read_claims())}
    ids = dict.fromkeys(name for verdicts in by_run for name in verdicts)
    ordered = sorted(ids, key=lambda name: places.get(name, len(places)))
    return [tuple(verdicts.get(name) for verdicts in by_run) for name in ordered]


def _claim_table(verdicts: Sequence[ClaimVerdict], *, several: bool) -> Table:
    claim, versions = verdicts[0].claim, [f"Python {verdict.python}, Django {verdict.django}" for verdict in verdicts]
    rows, commands = [], {}
    for verdict, version in zip(verdicts, versions, strict=True):
        for piece in verdict.evidence:
            rows.append((*((version,) if several else ()), *_row(piece)))
            commands[piece.words, piece.command] = piece.words, piece.command
    words = "; ".join(dict.fromkeys(map(said, verdicts)))
    return Table(
        caption=f"{claim.id}: {words}. The {claim.who}: {claim.claim} ({'; '.join(dict.fromkeys(versions))})",
        headers=(
            *(("Run",) if several else ()),
            "Row",
            "Arms",
            "Value or answer",
            "Ratio",
            numbers.INTERVAL,
            "A/A control: ratio, interval",
            "Outcome",
        ),
        rows=tuple(rows),
        commands=tuple(commands.values()),
    )


def _row(piece: ClaimEvidence) -> tuple[str, ...]:
    arms = piece.arm if piece.baseline is None else f"{piece.arm} against {piece.baseline}"
    size = f", {piece.row.size:,} tasks" if piece.row and piece.row.size else ""
    return (
        piece.words + size,
        arms,
        _value(piece),
        numbers.ratio(piece.estimate.ratio) if piece.estimate else "",
        numbers.interval(piece.estimate) if piece.estimate else "",
        _control(piece),
        reads(piece),
    )


def _value(piece: ClaimEvidence) -> str:
    """Return the answer, the value, or the values of sessions: the median unless it is withheld, and the range."""
    if piece.answer:
        return piece.answer
    if piece.spread is not None:
        cell = range_cell(piece.spread) if piece.value is None else spread_cell(piece.spread)
        return f"{cell} {piece.unit}"
    return "" if piece.value is None else f"{numbers.value(piece.value)} {piece.unit}"


def _control(piece: ClaimEvidence) -> str:
    if piece.control is not None:
        return f"{numbers.ratio(piece.control.ratio)}, {numbers.interval(piece.control)}"
    return "none in this part" if piece.estimate is not None else ""


def reads(piece: ClaimEvidence) -> str:
    """Return the outcome of a row, with its reason and its margin if there are any."""
    if piece.reading is None:
        return "figure only" + (f": {piece.reason}" if piece.reason else "")
    text = piece.reading.value + (f": {piece.reason}" if piece.reason else "")
    return text if piece.margin is None else f"{text} (margin {numbers.percent(piece.margin)})"
