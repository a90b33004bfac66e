"""The targets that a conformance run checks, with the environments in which they are installed."""

import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from taskgauge.backends.descriptors.guarantees import Bounds
from taskgauge.backends.descriptors.model import Descriptor
from taskgauge.backends.descriptors.reader import (
    CATALOG,
    TargetUnknown,
    has_descriptor,
    load_targets,
    name_to_ask_for,
)
from taskgauge.backends.environments.availability import TargetRow, target_rows
from taskgauge.backends.environments.backend_environments import environment_of, needs_environment
from taskgauge.backends.environments.installer import Installer
from taskgauge.suites.cli.backend_installation import ENVIRONMENTS, install_backends
from taskgauge.suites.conformance.harness.time_estimate import TypicalSeconds, typical_seconds
from taskgauge.suites.conformance.requirements import check_known_failures
from taskgauge.suites.run_control.display import Display
from taskgauge.suites.run_control.provenance import RunRecord

SILENCE_LIMIT = 300.0
"""Least seconds of silence after which a test counts as hung."""
_START_SECONDS = 10.0
"""Seconds of the start of a target, until its tests are known."""
_EXTRA_SECONDS = 120.0
"""Seconds that a test may take in addition to twice the waits that its backend documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedTarget:
    """A target to check."""

    name: str
    """The name that `--target` takes."""
    label: str
    """The name in reports."""
    python: str
    """The interpreter of the environment in which it is installed."""
    bounds: Bounds
    command: str
    """The command that checks the target again."""
    typical: TypicalSeconds
    """The typical times of its tests."""
    to_install: Descriptor | None = None
    """The backend whose environment must be made first, if any."""

    @property
    def waits(self) -> float:
        """The sum of the waits that the backend documents, in seconds."""
        return sum(filter(None, (self.bounds.watched_recovery, self.bounds.deferral, self.bounds.idle_pick_up)))

    def expected(self, *, is_part: bool) -> float:
        """Return the seconds of its tests, before they are known; `is_part` says that not all of them run."""
        return _START_SECONDS if is_part else _START_SECONDS + self.typical.all

    @property
    def silence_limit(self) -> float:
        """The seconds that a test may be silent: long enough for the waits that the backend documents."""
        return max(SILENCE_LIMIT, _EXTRA_SECONDS + 2 * self.waits) if self.waits else SILENCE_LIMIT


def choose(
    names: Sequence[str], environments: Path | None = None, *, install: bool = False
) -> tuple[list[SelectedTarget], list[TargetRow]]:
    """Return the targets to check, and the rows of the left-out targets; raise TargetUnknown or DescriptorError.

    Without names, return the targets of the descriptor in this folder's pyproject.toml. Without such a descriptor,
    return all targets that can run here or in an environment. `environments` is a folder with one environment for each
    backend, named after the backend. With `install`, environments are made for the other backends.
    """
    own = Path("pyproject.toml")
    if names or has_descriptor(own):
        chosen = [target for name in names or [str(own)] for target in _named(name, environments, install=install)]
        for label, times in Counter(target.label for target in chosen).items():
            if times > 1:
                raise TargetUnknown(f"{label!r} is asked for {times} times, and each target has one file of verdicts")
        return chosen, []
    able, left_out = [], []
    for row in target_rows():
        [target] = _named(row.target, environments, install=install)
        if missing := row.missing if target.python == sys.executable else row.servers:
            left_out.append(replace(row, missing=missing))
        else:
            able.append(target)
    return able, left_out


def _named(name: str, environments: Path | None, *, install: bool) -> Iterator[SelectedTarget]:
    for target in load_targets(name):
        check_known_failures(target.descriptor)
        descriptor = target.descriptor
        python, to_install = sys.executable, None
        options: list[str] = []
        if not descriptor.path.is_relative_to(CATALOG):
            pass
        elif environments is not None and (own := environments.resolve() / descriptor.name / "bin" / "python").exists():
            python, options = str(own), ["--environments", str(environments)]
        elif install and needs_environment(descriptor):
            python, to_install = str(environment_of(descriptor, ENVIRONMENTS).python), descriptor
            options = ["--install"]
        yield SelectedTarget(
            name=name_to_ask_for(target, str(descriptor.path.resolve())),
            label=target.name,
            python=python,
            bounds=descriptor.bounds,
            command=shlex.join(["taskgauge", "conformance", name_to_ask_for(target), *options]),
            typical=typical_seconds(descriptor.runs, descriptor.bounds, target.name),
            to_install=to_install,
        )


def installed(
    targets: Sequence[SelectedTarget], installer: Installer, record: RunRecord, display: Display
) -> list[SelectedTarget]:
    """Make the environments that targets need, and return the targets that can be checked. Raise Interrupted."""
    reasons = install_backends([target.to_install for target in targets if target.to_install], installer, display)
    able = []
    for target in targets:
        if target.to_install and (reason := reasons.get(target.to_install.name)):
            record.leave_out(f"conformance {target.label}", reason)
        else:
            able.append(target)
    return able
