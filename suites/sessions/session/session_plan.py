"""The plan of one session."""

import sys
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.reader import CATALOG, Target, load_target
from taskgauge.reports.run_folder.traces import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """The plan of one session."""

    part: str
    target: str
    repetition: int
    workload: Workload
    catalog: Path = CATALOG
    is_floor: bool = False
    python: str = sys.executable
    """The interpreter of the environment in which the target is installed."""
    seed: int = 0

    def load(self) -> Target:
        """Return the target. Raises TargetUnknown, DescriptorError."""
        return load_target(self.target, self.catalog)
