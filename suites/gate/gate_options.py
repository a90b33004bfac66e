"""What a run of the gate was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from taskgauge.reports.run_folder.gate_files import GateOptions
from taskgauge.suites.gate.duet import Shape
from taskgauge.suites.gate.process_profile import Verb, named

PARTS = ("ledger", "duet", "conformance")


class MarginNotUnderstood(ValueError):
    """A margin that is no share above 0, such as 0.05 or 5%."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no margin: write 0.05 or 5%, for one verb create=8%")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """Everything the command line says."""

    base: str | None = None
    head: str | None = None
    targets: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    """Empty: all, but conformance of targets with a worker."""
    more: tuple[str, ...] = ()
    """Requirements that both sides get besides."""
    python: str | None = None
    shape: Shape = field(default_factory=Shape)
    margin: float = 0.05
    margins: Mapping[str, float] = field(default_factory=dict)
    calibration: int = 0
    """How many pairs of base against base are collected; 0: this is no calibration."""
    seed: int = 0
    folder: Path = field(default_factory=Path)
    """Where the command runs."""

    def wants(self, part: str) -> bool:
        """Whether a part is to be run."""
        return not self.parts or part in self.parts

    def options(self) -> GateOptions:
        """Return `options.json`."""
        return GateOptions(
            margin=self.margin,
            margins=dict(self.margins),
            pairs=self.shape.pairs,
            slices=self.shape.slices,
            slice_ns=self.shape.slice_ns,
        )

    def asked(self) -> dict[str, Any]:
        """Return what was asked for, as `run.json` keeps it."""
        return asdict(self.options()) | {
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
    """Return the margin of all verbs, 0.05 unless it is given, and those of some; raise MarginNotUnderstood."""
    every, own = 0.05, {}
    for text in texts:
        verb, equals, share = text.rpartition("=")
        if equals:
            own[verb] = _share(share, text)
        else:
            every = _share(text, text)
    return every, own


def by_name(margins: Mapping[str, float], verbs: Sequence[Verb]) -> dict[str, float]:
    """Return the margins by the names of verbs: a verb's own one goes before one for all that do the same.

    Raises VerbUnknown.
    """
    found = {name: share for wanted, share in margins.items() for name in named(verbs, wanted)}
    return found | {verb.name: margins[verb.name] for verb in verbs if verb.name in margins}


def _share(text: str, whole: str) -> float:
    number, percent, rest = text.strip().partition("%")
    try:
        share = float(number) / (100 if percent else 1)
    except ValueError as error:
        raise MarginNotUnderstood(whole) from error
    if rest or not 0 < share < 10:
        raise MarginNotUnderstood(whole)
    return share
