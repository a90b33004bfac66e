"""The plan of a dispatch run: targets, arms, numbers of tasks, and their order."""

import dataclasses
from collections import Counter
from dataclasses import dataclass

from django import VERSION

from taskgauge.backends.descriptors.reader import Target, load_target
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.shapes.arms import headline
from taskgauge.suites.shapes.variants import BASELINE, CONTROL
from taskgauge.suites.shapes.variants.names import LAZY

REFERENCE = ("reference-immediate", "reference-memory", "reference-process")
OTHERS = ("django-immediate", "django-tasks-db@sqlite")
QUICK = (BASELINE, CONTROL, "namedtuple-lazy")
"""Arms of a quick run: the baseline, its A/A control, and the arm that differs most. Setting up a session is slow."""
_SHARED = 2
"""All repetitions measure the smallest size divided by this: more pairs say more than more tasks."""
_FEW = 3
"""Repetitions of the targets that run one arm."""
_DURABLE_SHARE = 1_000
"""A store on disk gets this many times fewer tasks: it takes hundreds a second, and memory takes ten thousands."""
_DURABLE = range(100, 1_001)
"""The fewest and the most tasks that go to a store on disk in one repetition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the suite."""

    target: str
    arm: str
    size: int
    in_turns: bool = False
    """True if its arms are measured side by side, a part of the tasks at a time."""

    def __str__(self) -> str:
        return f"{self.target}-{self.arm}-{self.size}"


def plan(options: Options) -> list[Item]:
    """Return the items of one repetition, in its order.

    The first repetition has every size. The others, which give the interval, have one smaller size in which the arms
    take turns. Targets with a single arm, which are not compared, take part in the first few repetitions. Every
    repetition starts at another item, so that no arm is always first.
    """
    arms = options.arms or (QUICK if options.scale.name == "quick" else headline(options))
    shared = _shared(options)
    items = [
        Item(target=target, arm=arm, size=size, in_turns=size == shared)
        for target in REFERENCE
        for arm in arms
        for size in _sizes(options, arm)
    ]
    scale = options.scale
    durable = min(max(scale.tasks // _DURABLE_SHARE, _DURABLE.start), _DURABLE.stop - 1)
    if scale.name == "full":
        durable = scale.tasks
    for name in OTHERS if options.repetition < _FEW else ():
        size = durable if load_target(name).worker else _sizes(options, BASELINE)[0]
        items.append(Item(target=name, arm=BASELINE, size=size))
    turn = options.repetition * max(1, len(items) // max(1, scale.repetitions))
    return items[turn % len(items) :] + items[: turn % len(items)]


def repetitions(options: Options) -> Counter[Item]:
    """Return the number of repetitions that run each item."""
    every = (dataclasses.replace(options, repetition=number) for number in range(options.scale.repetitions))
    return Counter(item for repetition in every for item in plan(repetition))


def _shared(options: Options) -> int:
    smallest = min(options.scale.growth[0], options.scale.dispatch_others)
    return smallest if options.scale.name == "quick" else max(1, smallest // _SHARED)


def _sizes(options: Options, arm: str) -> list[int]:
    scale = options.scale
    shared = _shared(options)
    if scale.name == "quick" or options.repetition:
        return [shared]
    largest = scale.dispatch_baseline if arm == BASELINE else scale.dispatch_others
    smallest = min(scale.growth[0], scale.dispatch_others)
    return sorted({shared, smallest, *(size for size in scale.growth if size < largest), largest})


def left_out(item: Item, target: Target) -> str | None:
    """Return the reason why an item cannot run here, or None."""
    missing = target.descriptor.missing()
    if missing:
        return missing
    # This is known before the run and holds for every task; a custom arm may have a Task that can be pickled.
    eager = not item.arm.endswith(LAZY) and ":" not in item.arm
    if item.target == "reference-process" and eager and VERSION < (6, 1):
        return "N/A: Django 6.0 cannot pickle a Task, and this arm holds it in every result"
    return None
