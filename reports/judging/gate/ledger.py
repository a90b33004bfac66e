"""The differences between the counters of both sides."""

from collections.abc import Iterator
from dataclasses import dataclass

from taskgauge.reports.run_folder.counters import Difference, compare, in_neither, only_in
from taskgauge.reports.run_folder.gate_folder import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One verb on both sides: what differs, and the counters that only base has, only head has, and neither has."""

    verb: str
    differences: tuple[Difference, ...]
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    neither: tuple[str, ...] = ()


def compare_sides(ledger: Ledger) -> Iterator[Compared]:
    """Yield each verb that both sides have."""
    for verb, base in ledger.base.items():
        if (head := ledger.head.get(verb)) is not None:
            yield Compared(
                verb=verb,
                differences=compare(base, head),
                gone=only_in(base, head),
                new=only_in(head, base),
                neither=in_neither(base, head),
            )
