"""The result of a gate in one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskgauge.reports.judging.gate.gate_verdict import THE_OPERATION, GateRow, GateVerdict, RowVerdict
from taskgauge.reports.run_folder.gate_files import Sides

_RESULT_TYPES = "result-types"
_NAMED = 2
"""So many rows are named in the sentence; the others are in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """The words for a part."""

    name: str
    worse: str
    single: str
    many: str

    def counted(self, number: int) -> str:
        return self.single if number == 1 else self.many


_PARTS = {
    "duet": _Words(name="times", worse="slower", single="operation timed", many="operations timed"),
    "ledger": _Words(name="counters", worse="bigger", single="operation counted", many="operations counted"),
    "conformance": _Words(
        name="requirements", worse="less conforming", single="target checked", many="targets checked"
    ),
}


def sentence(verdict: GateVerdict, rows: Sequence[GateRow], sides: Sides | None, distrusted: Sequence[str]) -> str:
    """Return the sentence; it begins with the verdict."""
    match verdict:
        case GateVerdict.REGRESSION:
            said = f"head is worse than base: {_named(rows, 'REGRESSION')}"
        case GateVerdict.FAILED:
            said = f"the measuring itself did not succeed: {_named(rows, 'FAILED')}"
        case GateVerdict.NOTHING_MEASURED:
            said = _nothing(sides)
        case GateVerdict.INCONCLUSIVE:
            why = distrusted[0] if distrusted else _named(rows, "INCONCLUSIVE")
            said = f"not all could be concluded: {why}"
        case GateVerdict.PASSED:
            said = _not_worse(rows, sides)
    better = [row for row in rows if row.verdict == "IMPROVEMENT"]
    if better and verdict is not GateVerdict.NOTHING_MEASURED:
        said += f"; better: {_named(rows, 'IMPROVEMENT')}"
    return " ".join(f"{verdict}: {said}.".split())


def _named(rows: Sequence[GateRow], verdict: RowVerdict) -> str:
    named = [row for row in rows if row.verdict == verdict]
    words = [in_words(row) for row in named[:_NAMED]]
    if len(named) > _NAMED:
        words.append(f"and {len(named) - _NAMED} more")
    return ", ".join(words)


def in_words(row: GateRow) -> str:
    """Return what a row says, in a few words."""
    said = (
        f"{row.operation}: {row.measure}"
        if row.part in {"problem", "conformance"}
        else f"{row.operation} {row.measure}"
    )
    interval = f" ({row.interval})" if row.part == "duet" and row.low is not None else ""
    return f"{said} {row.estimate}".rstrip() + interval


def compares(row: GateRow, sides: Sides | None) -> bool:
    """Return whether a row sets head against base, on a target that uses the distribution under test."""
    if row.part == "problem" or (row.measure == THE_OPERATION and row.verdict == "PASS"):
        return False  # an operation that only head has is set against nothing
    return sides is None or sides.using is None or _target(row) in sides.using


def _target(row: GateRow) -> str:
    """Return the target that a row is about."""
    if row.part == "conformance":
        return row.operation
    return row.operation.partition("@")[2] or _RESULT_TYPES


def _nothing(sides: Sides | None) -> str:
    """Return why nothing was measured."""
    if sides is not None and sides.same:
        return f"base and head are the same ({sides.head.asked})"
    none_uses_it = sides is not None and sides.using is not None and set(sides.using) != set(sides.targets)
    if sides is not None and none_uses_it:
        names = ", ".join(target for target in sides.targets if target not in (sides.using or ()))
        operation = "do" if ", " in names else "does"
        return (
            f"nothing of {_under_test(sides)} was measured: {names} {operation} not use it; "
            "name its backend with --target, or describe it in a table [tool.taskgauge]"
        )
    return "there is no pair, no counter and no requirement that both sides have"


def _head(sides: Sides | None) -> str:
    """Return head with what was measured of it."""
    if sides is None or not sides.targets:
        return "head"
    return f"head ({_under_test(sides)} {sides.head.version}, on {', '.join(sides.using or sides.targets)})"


def _under_test(sides: Sides) -> str:
    return ", ".join(sides.under_test) or "what is under test"


def _not_worse(rows: Sequence[GateRow], sides: Sides | None) -> str:
    """Return what head is not, by the parts that have rows, and which parts have none."""
    seen = {part: _operations(rows, part) for part in _PARTS}
    compared_parts = [part for part, operations in seen.items() if operations]
    *words, last = [_PARTS[part].worse for part in compared_parts] or ["worse"]
    worse = f"{', '.join(words)} or {last}" if words else last
    compared = ", ".join(f"{len(seen[part])} {_PARTS[part].counted(len(seen[part]))}" for part in compared_parts)
    missing = ", ".join(words.name for part, words in _PARTS.items() if part not in compared_parts)
    said = f"{_head(sides)} is not {worse} than its margins allow: {compared or 'nothing is on both sides'}"
    return f"{said}; not compared: {missing}" if missing else said


def _operations(rows: Sequence[GateRow], part: str) -> frozenset[str]:
    return frozenset(row.operation for row in rows if row.part == part and row.measure != THE_OPERATION)
