"""What a run of the gate will take, from what earlier ones took on a machine with two cores."""

from collections.abc import Sequence

from taskgauge.suites.gate.check_sides import PART as CONFORMANCE
from taskgauge.suites.gate.check_sides import has_worker, targets_of
from taskgauge.suites.gate.duet import PART as DUET
from taskgauge.suites.gate.gate_options import Asking
from taskgauge.suites.gate.gate_plan import Choice
from taskgauge.suites.gate.ledger import PART as LEDGER
from taskgauge.suites.gate.ledger import PROCESSES
from taskgauge.suites.gate.process_profile import Scene

SIDES = "sides"
_MAKING = {"uv": 8.0, "venv and pip": 40.0}
"""Seconds for both environments."""
_COUNTING = 0.6
"""Seconds for a verb of a process."""
_CONFORMING = {False: 15.0, True: 240.0}
"""Seconds for a target on both sides, without a worker and with one."""


def counting(scene: Scene) -> float:
    """Return the seconds that counting a scene on one side takes."""
    return _COUNTING * PROCESSES * len(scene.verbs)


def conforming(name: str, scenes: Sequence[Scene]) -> float:
    """Return the seconds that checking a target on both sides takes."""
    return _CONFORMING[has_worker(name, scenes)]


def predicted(asking: Asking, choice: Choice, installer: str) -> list[tuple[str, int, float]]:
    """Return name, items and seconds of each part that is going to run."""
    scenes, shape = choice.scenes, asking.shape
    pair = sum(shape.seconds(len(scene.verbs)) for scene in scenes)
    parts = [(SIDES, 2, _MAKING[installer])]
    if asking.calibration:
        return [*parts, (DUET, asking.calibration, asking.calibration * pair)]
    if asking.wants(LEDGER):
        parts.append((LEDGER, 2 * sum(len(scene.verbs) for scene in scenes), 2 * sum(map(counting, scenes))))
    if asking.wants(DUET):
        # A placebo and a canary of one verb each go beside it.
        parts.append((DUET, shape.pairs, shape.pairs * (pair + 2 * shape.seconds(1))))
    if asking.wants(CONFORMANCE):
        targets = targets_of(choice.targets, scenes, "base", workers=CONFORMANCE in asking.parts)
        if targets:
            seconds = sum(conforming(one.label, scenes) for one in targets)
            parts.append((CONFORMANCE, len(targets), seconds))
    return parts
