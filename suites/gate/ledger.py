"""The ledger of a run: the counters of each operation on each side, from a few fresh processes."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from taskgauge.reports.run_folder import gate_files
from taskgauge.reports.run_folder.counters import Counted
from taskgauge.suites.gate.available_operations import AvailableOperations
from taskgauge.suites.gate.gate_context import GateContext
from taskgauge.suites.gate.process_profile import Operation, ProcessProfile
from taskgauge.suites.gate.sides import InstalledSide

PART = "ledger"
PROCESSES = 3
"""The fresh processes of a side, each with a random hash seed; a counter that differs between them is not exact."""
_LISTS = ("statements", "commands")

type Counters = dict[str, Any]


class LedgerCounting:
    """Counts operations, and writes `gate/ledger.json`."""

    def __init__(self, context: GateContext, available: AvailableOperations) -> None:
        """Count nothing yet."""
        self._context = context
        self._available = available
        self._counted: dict[gate_files.SideName, dict[str, Counted]] = {"base": {}, "head": {}}
        self._seeds: dict[gate_files.SideName, list[int]] = {"base": [], "head": []}

    def count(self, profile: ProcessProfile, side: InstalledSide) -> None:
        """Count the operations of a profile that a side has, and write all counters so far.

        Raises SideProblem, after which it may be called again without the operation that failed; and Interrupted.
        """
        seen: dict[str, list[Counters]] = {}
        for number in range(PROCESSES):
            self._context.empty(profile)
            with self._context.process(profile, side) as process:
                process.begin(self._context.tools)
                process.begun()
                self._seeds[side.name].append(process.seed)
                for operation in self._rotated(profile, side, number):
                    if self._available.has(side.name, operation.name, process.prepare(operation)):
                        counted = process.do("count", operation.name, folder=str(self._context.temporary))
                        seen.setdefault(operation.name, []).append(counted)
        self._counted[side.name] |= {
            name: msgspec.convert(together(counters), Counted) for name, counters in seen.items()
        }
        self.write()

    def write(self) -> None:
        """Write `gate/ledger.json`."""
        base, head = self._available.missing["base"], self._available.missing["head"]
        record = gate_files.Ledger(
            base=self._counted["base"],
            head=self._counted["head"],
            # An operation that both sides lack is no difference.
            missing={
                "base": {name: why for name, why in base.items() if name not in head},
                "head": {name: why for name, why in head.items() if name not in base},
            },
            hash_seeds=self._seeds,
        )
        gate_files.write_gate_file(self._context.run_folder, record)

    def _rotated(self, profile: ProcessProfile, side: InstalledSide, number: int) -> Sequence[Operation]:
        operations = self._available.of(profile, side.name)
        turn = number * len(operations) // PROCESSES
        return operations[turn:] + operations[:turn]


def together(counters: Sequence[Counters]) -> Counters:
    """Return the combined counters of several processes: all their numbers, and the lists that most processes share."""
    names = dict.fromkeys(name for process in counters for name in process)
    combined: Counters = {}
    for name in names:
        values = [process[name] for process in counters if name in process]
        if name in _LISTS:
            [(most, _)] = Counter(tuple(value) for value in values).most_common(1)
            combined[name] = list(most)
        else:
            # None means that no process has this counter.
            combined[name] = [value for value in values if value is not None] or None
    return combined
