"""The rows of what was counted."""

import math
from collections.abc import Container, Iterator
from dataclasses import replace

from taskgauge.reports.judging.gate.duet_rows import percent, share
from taskgauge.reports.judging.gate.gate_verdict import THE_OPERATION, GateRow, RowVerdict
from taskgauge.reports.judging.gate.repeat_command import Repeat
from taskgauge.reports.run_folder.counters import NAMED, WHOLE, Counted, Difference, compare, in_neither, only_in
from taskgauge.reports.run_folder.gate_files import Ledger
from taskgauge.reports.run_folder.ledger_file import change


def ledger_rows(ledger: Ledger, repeat: Repeat, explained: Container[object] = ()) -> Iterator[GateRow]:
    """Yield a row for each counter that differs, and one for each operation with those that do not.

    An operation that head lacks is worse than any slow-down; one that base lacks is new. `told` has the sides and
    operations of which a problem says already why they are missing.
    """
    for operation, reason in ledger.lacks("head").items():
        if ("head", operation) not in explained:
            why = reason or "base has it, and head does not"
            yield replace(_whole(operation, "REGRESSION", "gone", why), command=repeat.only(operation), size=math.inf)
    for operation, reason in ledger.lacks("base").items():
        if ("base", operation) not in explained:
            yield _whole(operation, "PASS", "new", reason or "head has it, and base does not")
    for operation, base in ledger.base.items():
        if (head := ledger.head.get(operation)) is not None:
            yield from (replace(row, command=repeat.only(operation)) for row in _rows(operation, base, head))


def _whole(operation: str, verdict: RowVerdict, estimate: str, *details: str, measure: str = THE_OPERATION) -> GateRow:
    return GateRow(
        part="ledger", operation=operation, measure=measure, verdict=verdict, estimate=estimate, details=details
    )


def _rows(operation: str, base: Counted, head: Counted) -> Iterator[GateRow]:
    differences = compare(base, head)
    yield from (_row(operation, difference) for difference in differences if difference.outcome != "PASS")
    # What base cannot do is no measure of head; what head no longer counts is, and how it came out is not known.
    if gone := only_in(base, head):
        yield _whole(operation, "INCONCLUSIVE", "gone", "counted in base only", measure=", ".join(gone))
    if new := only_in(head, base):
        yield _whole(operation, "PASS", "new", "counted in head only", measure=", ".join(new))
    if same := [
        f"{difference.counter} {_figure(difference)}" for difference in differences if difference.outcome == "PASS"
    ]:
        counters = "1 counter" if len(same) == 1 else f"{len(same)} counters"
        # A reader must not take what no side has a counter for as the same.
        neither = [f"not counted on either side: {name}" for name in in_neither(base, head)]
        yield _whole(operation, "PASS", "", ", ".join([*same, *neither]), measure=counters)


def _row(operation: str, difference: Difference) -> GateRow:
    ratio = difference.ratio
    return GateRow(
        part="ledger",
        operation=operation,
        measure=difference.counter,
        verdict=difference.outcome,
        estimate=change(difference) + (f" ({percent(ratio)})" if ratio and difference.counter not in NAMED else ""),
        interval="exact" if not difference.tolerance else "",
        margin=_margin(difference),
        details=tuple(filter(None, (*difference.named, difference.reason))),
        size=math.log(ratio) if ratio else math.inf,
        ratio=ratio,
    )


def _margin(difference: Difference) -> str:
    if difference.tolerance:
        return share(difference.tolerance)
    return "none" if difference.least in WHOLE else f"below {difference.least:g}"


def _figure(difference: Difference) -> str:
    return change(difference) if difference.before != difference.after else f"{difference.after:,.10g}"
