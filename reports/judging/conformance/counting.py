"""Counts verdicts: requirements that a target keeps itself, requirements that it inherits, and the rest."""

from collections import Counter
from collections.abc import Iterable, Sequence

from taskgauge.reports.run_folder.target_results import RequirementRow, TargetResults
from taskgauge.reports.run_folder.verdict import Verdict

NOT_PASSED = tuple(verdict for verdict in Verdict if verdict is not Verdict.PASS)
# Keeps a number and its word on one line.
SPACE = "\N{NO-BREAK SPACE}"
HOW_TO_READ = (
    "A cell reads 10/12 +4: of 12 requirements that the target claims to keep, it keeps 10, and 4 more are kept by "
    "Django's base classes, of which it overrides nothing. Then follows how many have another verdict: FAIL (a MUST "
    "does not hold), OVERCLAIM (so does a MUST of a feature whose flag is True), ADVISORY (a SHOULD does not hold), "
    "UNKNOWN (could not be concluded), DECLINED (the flag is False, and the feature is refused as documented), "
    "UNDERCLAIM (the flag is False, and the feature works). What does not apply is not counted."
)


def cell(rows: Iterable[RequirementRow]) -> str:
    """Return some rows of one target as a cell of the matrix."""
    applying = [row for row in rows if row.verdict is not Verdict.NOT_APPLICABLE]
    if not applying:
        return Verdict.NOT_APPLICABLE
    verdicts = Counter(row.verdict for row in applying)
    words = [kept(applying)] if any(row.is_judged for row in applying) else []
    words += [f"{verdicts[word]}{SPACE}{word}" for word in NOT_PASSED if verdicts[word]]
    if known := sum(row.is_broken and row.known is not None for row in applying):
        words.append(f"({known}{SPACE}known)")
    return " ".join(words)


def kept(rows: Sequence[RequirementRow]) -> str:
    """Return what is kept of what is claimed, and apart from it what is inherited."""
    inherited = sum(_is_inherited_pass(row) for row in rows)
    own = [row for row in rows if row.is_judged and not _is_inherited_pass(row)]
    words = [f"{sum(row.verdict is Verdict.PASS for row in own)}/{len(own)}"] if own else []
    return SPACE.join(words + ([f"+{inherited}"] if inherited else []))


def passed(rows: Iterable[RequirementRow]) -> str:
    """Return how many pass, and apart from them how many of these are inherited; empty where none do."""
    inherited = Counter(_is_inherited_pass(row) for row in rows if row.verdict is Verdict.PASS)
    return SPACE.join(f"{sign}{inherited[side]}" for sign, side in (("", False), ("+", True)) if inherited[side])


def unknown_of(target: TargetResults) -> tuple[int, int]:
    """Return how many rows could not be concluded, and how many apply."""
    return len(target.rows(Verdict.UNKNOWN)), sum(
        row.verdict is not Verdict.NOT_APPLICABLE for row in target.requirements
    )


def _is_inherited_pass(row: RequirementRow) -> bool:
    return row.inherited and row.verdict is Verdict.PASS
