"""The symbol and the style of each verdict; its word stands beside them and says the same."""

from dataclasses import dataclass

from taskgauge.reports.judging.claims.verdict import ClaimOutcome
from taskgauge.reports.run_folder.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The symbol of a verdict, and the name of its style in the style sheet."""

    symbol: str
    style: str


MARKS: dict[str, Mark] = {
    Verdict.PASS: Mark(symbol="✓", style="p"),
    Verdict.FAIL: Mark(symbol="✗", style="f"),
    Verdict.OVERCLAIM: Mark(symbol="‼", style="o"),
    Verdict.ADVISORY: Mark(symbol="△", style="a"),
    Verdict.DECLINED: Mark(symbol="-", style="d"),
    Verdict.UNDERCLAIM: Mark(symbol="+", style="w"),
    Verdict.UNKNOWN: Mark(symbol="?", style="u"),
    Verdict.NOT_APPLICABLE: Mark(symbol="·", style="n"),
    ClaimOutcome.HOLDS: Mark(symbol="✓", style="p"),
    ClaimOutcome.CONTRADICTED: Mark(symbol="✗", style="f"),
    ClaimOutcome.MIXED: Mark(symbol="◐", style="a"),
    ClaimOutcome.NO_DIFFERENCE: Mark(symbol="≈", style="d"),
    ClaimOutcome.NOT_MEASURED: Mark(symbol="?", style="u"),
    ClaimOutcome.OPINION: Mark(symbol="·", style="n"),
}
"""The marks of verdicts on requirements and on claims, by their words."""
