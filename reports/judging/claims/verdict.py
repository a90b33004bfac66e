"""The verdict on a claim, from a run, by the claim's rule and never by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from taskgauge.reports.judging.claims.claim import Claim, Rule
from taskgauge.reports.judging.claims.evidence import ClaimEvidence, answer, decide, illustrate
from taskgauge.reports.judging.claims.levels import read_level
from taskgauge.reports.judging.claims.orders import read_order
from taskgauge.reports.judging.claims.row_outcome import RowOutcome
from taskgauge.reports.judging.standings import Standing
from taskgauge.reports.metrics.comparison import Rows
from taskgauge.reports.run_folder.reader import RunFolder


class ClaimOutcome(StrEnum):
    """The possible verdicts on a claim."""

    HOLDS = "HOLDS"
    CONTRADICTED = "CONTRADICTED"
    MIXED = "MIXED"
    NO_DIFFERENCE = "NO DIFFERENCE THAT MATTERS"
    NOT_MEASURED = "NOT MEASURED"
    OPINION = "figures only"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimVerdict:
    """The verdict of a run on a claim; `condition` says when a MIXED claim holds, or why nothing was measured."""

    claim: Claim
    word: ClaimOutcome
    condition: str
    evidence: tuple[ClaimEvidence, ...]
    run: str
    python: str
    django: str


def judge(claim: Claim, run: RunFolder, rows: Rows, standings: Sequence[Standing] = ()) -> ClaimVerdict:
    """Return the verdict on the claim that the run's rows, answers and standings of targets give."""
    deciding = [piece for row in claim.decided_by for piece in decide(row, run, rows)]
    deciding += [answer(asked, run) for asked in claim.asked]
    deciding += [read_order(order, run, standings) for order in claim.orders]
    levels = [piece for level in claim.levels for piece in read_level(level, run, standings)]
    deciding += [piece for piece in levels if piece.reading is not None]
    figures = [piece for figure in claim.figures for piece in illustrate(figure, run, rows)]
    figures += [piece for piece in levels if piece.reading is None]
    word, condition = (ClaimOutcome.OPINION, "") if claim.opinion else verdict(claim.rule, deciding)
    return ClaimVerdict(
        claim=claim,
        word=word,
        condition=condition,
        evidence=(*deciding, *figures),
        run=str(run.path),
        python=run.python,
        django=run.django,
    )


def verdict(rule: Rule, deciding: Sequence[ClaimEvidence]) -> tuple[ClaimOutcome, str]:
    """Return the word and, where it needs one, its condition.

    A row is unknown if it is noisy, missing, too close to its margin, or no larger than the A/A control. If every row
    must be as claimed, an unknown row limits the verdict to the other rows. Noise can withdraw a verdict, never give
    another.
    """
    by = {reading: [piece for piece in deciding if piece.reading is reading] for reading in RowOutcome}
    held, against = by[RowOutcome.FOR], by[RowOutcome.AGAINST]
    same, near = by[RowOutcome.SAME], by[RowOutcome.NEAR]
    unknown = by[RowOutcome.NOISY] + by[RowOutcome.UNSEEN] + by[RowOutcome.MISSING]
    if not (held or against or same):
        return ClaimOutcome.NOT_MEASURED, "; ".join(dict.fromkeys(piece.reason for piece in near + unknown))
    if held and not against and rule is Rule.SOME:
        return ClaimOutcome.HOLDS, f"not measured: {_names(near + unknown)}" if near + unknown else ""
    if near or unknown or (held and (against or same)):
        return ClaimOutcome.MIXED, _condition(held, against, same, near, unknown)
    if held:
        return ClaimOutcome.HOLDS, ""
    return (ClaimOutcome.CONTRADICTED if against else ClaimOutcome.NO_DIFFERENCE), ""


def _condition(
    held: Sequence[ClaimEvidence],
    against: Sequence[ClaimEvidence],
    same: Sequence[ClaimEvidence],
    near: Sequence[ClaimEvidence],
    unknown: Sequence[ClaimEvidence],
) -> str:
    said = {
        "holds for": held,
        "No difference that matters for": same,
        "The other way for": against,
        "Too close to the margin for": near,
        "Not measured": unknown,
    }
    return ". ".join(f"{words}: {_names(pieces)}" for words, pieces in said.items() if pieces)


def _names(evidence: Sequence[ClaimEvidence]) -> str:
    return "; ".join(dict.fromkeys(piece.words for piece in evidence))
