"""Cuts many pairs without a change into disjoint gates, each measured and judged as a run would."""

from collections import deque
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from taskgauge.reports.judging.gate.decision import Decision, Evidence, decide
from taskgauge.reports.judging.gate.power import PAIRS
from taskgauge.reports.judging.gate.trust import check_control
from taskgauge.reports.run_folder.gate_files import GateOptions

type Values = Mapping[str, float]
"""The log-ratios of one pair of processes, by operation."""
type _Rounds = Mapping[str, Sequence[Values]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The result of one gate; `fit` is True if its pairs pass as an A/A control."""

    decision: Decision
    looked_twice: bool
    fit: bool


class _PairsSpent(Exception):
    """There are no ten pairs left."""


def gates(pairs: Sequence[Values], options: GateOptions, clocks: Mapping[str, str]) -> Iterator[Gate]:
    """Yield disjoint gates: each takes 10 pairs, 10 more for a second look, 10 more to confirm.

    The pairs of a gate are judged as head's and also as an A/A control's: one operation of each clock, in turn. A gate
    without enough pairs is not counted.
    """
    left = deque(pairs)
    of_clock: dict[str, list[str]] = {}
    for operation, clock in clocks.items():
        of_clock.setdefault(clock, []).append(operation)
    with suppress(_PairsSpent):
        for number in count():
            yield _gate(
                left, options, frozenset(operations[number % len(operations)] for operations in of_clock.values())
            )


def _gate(left: deque[Values], options: GateOptions, controls: frozenset[str]) -> Gate:
    """Return one gate, each of whose rounds has the operations that a run would measure. Raises _PairsSpent."""
    first = _taken(left)
    head, control = {"first": first}, {"first": _of(first, controls)}
    decision, failed = _judged(head, control, options)
    looked_twice = bool(decision.again or failed)
    if looked_twice:
        second, operations = _taken(left), {*decision.again, *failed}
        head["second"] = _of(second, operations if decision.again else ())
        control["second"] = _of(second, operations & controls if failed else ())
        decision, failed = _judged(head, control, options)
    if decision.confirm:
        head["confirm"] = _of(_taken(left), decision.confirm)
        decision, failed = _judged(head, control, options)
    return Gate(decision=decision, looked_twice=looked_twice, fit=not failed)


def _taken(left: deque[Values]) -> list[Values]:
    if len(left) < PAIRS:
        raise _PairsSpent
    return [left.popleft() for _ in range(PAIRS)]


def _of(pairs: Sequence[Values], operations: Container[str]) -> list[Values]:
    return [{operation: value for operation, value in pair.items() if operation in operations} for pair in pairs]


def _judged(head: _Rounds, control: _Rounds, options: GateOptions) -> tuple[Decision, list[str]]:
    """Return the decision, and the operations that would not do as an A/A control."""
    failed = [check.operation for check in check_control(_evidence(control, options)) if not check.holds]
    return decide(_evidence(head, options)), failed


def _evidence(rounds: _Rounds, options: GateOptions) -> dict[str, Evidence]:
    by_operation: dict[str, dict[str, list[float]]] = {}
    for name, pairs in rounds.items():
        for operation, value in (item for pair in pairs for item in pair.items()):
            by_operation.setdefault(operation, {}).setdefault(name, []).append(value)
    return {
        operation: Evidence(
            margin=options.margin_of(operation), **{name: tuple(values) for name, values in by_round.items()}
        )
        for operation, by_round in by_operation.items()
    }
