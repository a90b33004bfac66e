"""The rows of what was counted."""

import math
from collections.abc import Container, Iterator
from dataclasses import replace

from taskgauge.reports.judging.gate.duet_rows import percent, share
from taskgauge.reports.judging.gate.gate_verdict import THE_VERB, Row, RowVerdict
from taskgauge.reports.judging.gate.ledger import Compared, compare_sides
from taskgauge.reports.judging.gate.repeat_command import Repeat
from taskgauge.reports.run_folder.counters import NAMED, WHOLE, Difference
from taskgauge.reports.run_folder.gate_folder import Ledger
from taskgauge.reports.run_folder.ledger_file import change


def ledger_rows(ledger: Ledger, repeat: Repeat, told: Container[object] = ()) -> Iterator[Row]:
    """Yield a row for each counter that differs, and one for each verb with those that do not.

    A verb that head lacks is worse than any slow-down; one that base lacks is new. `told` has the sides and verbs of
    which a problem says already why they are missing.
    """
    for verb, reason in ledger.lacks("head").items():
        if ("head", verb) not in told:
            why = reason or "base has it, and head does not"
            yield replace(_whole(verb, "REGRESSION", "gone", why), command=repeat.only(verb), size=math.inf)
    for verb, reason in ledger.lacks("base").items():
        if ("base", verb) not in told:
            yield _whole(verb, "PASS", "new", reason or "head has it, and base does not")
    for compared in compare_sides(ledger):
        yield from _rows(compared, repeat.only(compared.verb))


def _whole(verb: str, verdict: RowVerdict, estimate: str, *details: str, measure: str = THE_VERB) -> Row:
    return Row(part="ledger", verb=verb, measure=measure, verdict=verdict, estimate=estimate, details=details)


def _rows(compared: Compared, command: str) -> Iterator[Row]:
    verb = compared.verb
    same = [f"{each.counter} {_figure(each)}" for each in compared.differences if each.outcome == "PASS"]
    rows = [_row(verb, each) for each in compared.differences if each.outcome != "PASS"]
    # What base cannot do is no measure of head; what head no longer counts is, and how it came out is not known.
    if compared.gone:
        names = ", ".join(compared.gone)
        rows.append(_whole(verb, "INCONCLUSIVE", "gone", "counted in base only", measure=names))
    if compared.new:
        rows.append(_whole(verb, "PASS", "new", "counted in head only", measure=", ".join(compared.new)))
    if same:
        counters = "1 counter" if len(same) == 1 else f"{len(same)} counters"
        rows.append(_whole(verb, "PASS", "", ", ".join([*same, *_uncounted(compared)]), measure=counters))
    yield from (replace(row, command=command) for row in rows)


def _row(verb: str, difference: Difference) -> Row:
    ratio = difference.ratio
    return Row(
        part="ledger",
        verb=verb,
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


def _uncounted(compared: Compared) -> list[str]:
    """Return what no side has a counter for, in words: a reader must not take it for the same."""
    return [f"not counted on either side: {name}" for name in compared.neither]


def _figure(difference: Difference) -> str:
    return change(difference) if difference.before != difference.after else f"{difference.after:,.10g}"
