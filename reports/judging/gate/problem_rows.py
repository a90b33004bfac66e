"""The rows of what went wrong, in words and never in silence."""

import math
from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.gate.gate_verdict import GateRow, RowVerdict
from taskgauge.reports.judging.gate.repeat_command import Repeat
from taskgauge.reports.run_folder.gate_files import Problem
from taskgauge.reports.run_folder.run_file import PartRecord

HEAD_FAULTS = ("cannot import", "crashes", "hangs", "lacks an operation", "raises")
"""Problems that count against head if base has none and head has them twice. Any other problem that lasts is one of the
measuring, and fails the run."""


def problem_rows(problems: Sequence[Problem], parts: Sequence[PartRecord], repeat: Repeat) -> Iterator[GateRow]:
    """Yield a row a problem, and one for each part that failed without having said why."""
    for problem in problems:
        yield GateRow(
            part="problem",
            operation=problem.operation or problem.part,
            measure=" ".join([problem.side or "the run", *problem.kind.split(), *(["once"] if problem.once else [])]),
            verdict=_verdict(problem, problems),
            details=(" ".join(problem.text.split()),),
            command=repeat.only(problem.operation) if problem.operation else "",
            size=math.inf,
        )
    for part in parts:
        if part.state == "failed" and not any(problem.part in part.name for problem in problems):
            reason = part.reason or "no reason is given"
            yield GateRow(
                part="problem", operation=part.name, measure="the run failed", verdict="FAILED", details=(reason,)
            )


def _verdict(problem: Problem, problems: Sequence[Problem]) -> RowVerdict:
    if problem.once:
        return "INCONCLUSIVE"
    return "REGRESSION" if _is_heads_own(problem, problems) else "FAILED"


def _is_heads_own(problem: Problem, problems: Sequence[Problem]) -> bool:
    """Return True if head fails where base succeeds."""
    return (
        problem.side == "head"
        and problem.part != "sides"
        and problem.kind in HEAD_FAULTS
        and not any(
            other.side == "base" and other.part == problem.part and other.operation in {None, problem.operation}
            for other in problems
        )
    )
