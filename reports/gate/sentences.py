"""What a gate came to, in one sentence."""

from collections.abc import Sequence

from taskgauge.reports.gate.files import Sides
from taskgauge.reports.gate.judged import THE_VERB, Row, RowVerdict, Verdict

_NAMED = 2
"""So many rows are named in the sentence; the others are in the table."""


def sentence(verdict: Verdict, rows: Sequence[Row], sides: Sides | None, distrusted: Sequence[str]) -> str:
    """Return the sentence; it begins with the verdict."""
    match verdict:
        case Verdict.REGRESSION:
            said = f"head is worse than base: {_named(rows, 'REGRESSION')}"
        case Verdict.FAILED:
            said = f"the measuring itself did not succeed: {_named(rows, 'FAILED')}"
        case Verdict.NOTHING_MEASURED:
            same = f"base and head are the same ({sides.head.asked})" if sides and sides.same else ""
            said = same or "there is no pair, no counter and no requirement that both sides have"
        case Verdict.INCONCLUSIVE:
            why = distrusted[0] if distrusted else _named(rows, "INCONCLUSIVE")
            said = f"not all could be concluded: {why}"
        case Verdict.PASSED:
            said = f"head is not slower, bigger or less conforming than its margins allow: {_compared(rows)}"
    better = [row for row in rows if row.verdict == "IMPROVEMENT"]
    if better and verdict is not Verdict.NOTHING_MEASURED:
        said += f"; better: {_named(rows, 'IMPROVEMENT')}"
    return " ".join(f"{verdict}: {said}.".split())


def _named(rows: Sequence[Row], verdict: RowVerdict) -> str:
    found = [row for row in rows if row.verdict == verdict]
    words = [in_words(row) for row in found[:_NAMED]]
    if len(found) > _NAMED:
        words.append(f"and {len(found) - _NAMED} more")
    return ", ".join(words)


def in_words(row: Row) -> str:
    """Return what a row says, in a few words."""
    said = f"{row.verb}: {row.measure}" if row.part in {"problem", "conformance"} else f"{row.verb} {row.measure}"
    interval = f" ({row.interval})" if row.part == "duet" and row.low is not None else ""
    return f"{said} {row.estimate}".rstrip() + interval


def _compared(rows: Sequence[Row]) -> str:
    counts = [
        (len({row.verb for row in rows if row.part == part and row.measure != THE_VERB}), one, many)
        for part, one, many in (
            ("duet", "verb timed", "verbs timed"),
            ("ledger", "verb counted", "verbs counted"),
            ("conformance", "target checked", "targets checked"),
        )
    ]
    return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in counts if number)
