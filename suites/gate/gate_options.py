"""The options of a gate run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from taskgauge.reports.run_folder.gate_files import GateOptions
from taskgauge.suites.gate.process_profile import Operation, named

PARTS = ("ledger", "duet", "conformance")


class MarginNotUnderstood(ValueError):
    """A margin is not a share above 0, such as 0.05 or 5%."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no margin: write 0.05 or 5%, for one operation create=8%")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """The options of the command line."""

    base: str | None = None
    head: str | None = None
    targets: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    """The parts to run; empty: all parts, without conformance of targets that have a worker."""
    more: tuple[str, ...] = ()
    """Further requirements to install on both sides."""
    python: str | None = None
    options: GateOptions = field(default_factory=GateOptions)
    calibration: int = 0
    """The pairs of base against base to collect; 0: this is no calibration."""
    seed: int = 0
    folder: Path = field(default_factory=Path)
    """The folder in which the command runs."""

    def wants(self, part: str) -> bool:
        """Return True if a part is requested."""
        return not self.parts or part in self.parts

    def asked(self) -> dict[str, Any]:
        """Return the options for `run.json`."""
        return asdict(self.options) | {
            "base": self.base,
            "head": self.head,
            "targets": list(self.targets),
            "only": list(self.only),
            "parts": list(self.parts or PARTS),
            "with": list(self.more),
            "calibration": self.calibration,
            "seed": self.seed,
        }


def parse_margins(texts: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Return the margin of all operations, 0.05 by default, and margins by operation; raise MarginNotUnderstood."""
    every, own = 0.05, {}
    for text in texts:
        operation, equals, share = text.rpartition("=")
        if equals:
            own[operation] = _share(share, text)
        else:
            every = _share(text, text)
    return every, own


def by_name(margins: Mapping[str, float], operations: Sequence[Operation]) -> dict[str, float]:
    """Return the margins by full name of operation; a full name takes precedence over a short one, such as `enqueue`.

    Raises OperationUnknown.
    """
    shares = {name: share for wanted, share in margins.items() for name in named(operations, wanted)}
    return shares | {operation.name: margins[operation.name] for operation in operations if operation.name in margins}


def _share(text: str, whole: str) -> float:
    number, percent, rest = text.strip().partition("%")
    try:
        share = float(number) / (100 if percent else 1)
    except ValueError as error:
        raise MarginNotUnderstood(whole) from error
    if rest or not 0 < share < 10:
        raise MarginNotUnderstood(whole)
    return share
