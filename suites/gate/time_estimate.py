"""Predicts the seconds of a gate run, from earlier runs on a machine with two cores."""

from collections.abc import Sequence

from taskgauge.suites.gate.check_sides import PART as CONFORMANCE
from taskgauge.suites.gate.check_sides import has_worker, targets_of
from taskgauge.suites.gate.duet import PART as DUET
from taskgauge.suites.gate.duet import pair_seconds
from taskgauge.suites.gate.gate_options import GateRequest
from taskgauge.suites.gate.gate_plan import GatePlan
from taskgauge.suites.gate.ledger import PART as LEDGER
from taskgauge.suites.gate.ledger import PROCESSES
from taskgauge.suites.gate.process_profile import ProcessProfile

SIDES = "sides"
_MAKING = {"uv": 8.0, "venv and pip": 40.0}
"""The seconds for both environments."""
_COUNTING = 0.6
"""The seconds for an operation in one process."""
_CONFORMING = {False: 15.0, True: 240.0}
"""The seconds for a target on both sides, without a worker and with one."""


def counting(profile: ProcessProfile) -> float:
    """Return the seconds that counting a profile on one side takes."""
    return _COUNTING * PROCESSES * len(profile.operations)


def conforming(name: str, profiles: Sequence[ProcessProfile]) -> float:
    """Return the seconds that checking a target on both sides takes."""
    return _CONFORMING[has_worker(name, profiles)]


def predicted(request: GateRequest, choice: GatePlan, installer: str) -> list[tuple[str, int, float]]:
    """Return name, items and predicted seconds of each part of the run."""
    profiles, options = choice.profiles, request.options
    pair = sum(pair_seconds(options, len(profile.operations)) for profile in profiles)
    parts = [(SIDES, 2, _MAKING[installer])]
    if request.calibration:
        return [*parts, (DUET, request.calibration, request.calibration * pair)]
    if request.wants(LEDGER):
        parts.append(
            (LEDGER, 2 * sum(len(profile.operations) for profile in profiles), 2 * sum(map(counting, profiles)))
        )
    if request.wants(DUET):
        # The A/A control and the positive control add one operation each.
        parts.append((DUET, options.pairs, options.pairs * (pair + 2 * pair_seconds(options, 1))))
    if request.wants(CONFORMANCE):
        targets = targets_of(choice.targets, profiles, "base", workers=CONFORMANCE in request.parts)
        if targets:
            seconds = sum(conforming(target.label, profiles) for target in targets)
            parts.append((CONFORMANCE, len(targets), seconds))
    return parts
