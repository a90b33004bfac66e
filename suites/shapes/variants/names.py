"""The names of arms and of their modules; all names of class modules are equally long, because pickles hold them."""

import zlib
from dataclasses import dataclass

VARIANTS = (
    "today",
    "today-again",
    "dataclass",
    "frozen-dataclass",
    "slots-dataclass",
    "frozen-slots-dataclass",
    "namedtuple",
    "class",
    "slots-class",
    "attrs",
    "frozen-attrs",
    "msgspec",
    "msgspec-no-gc",
)
BASELINE = "today"
CONTROL = "today-again"
LAZY = "-lazy"
HEADLINE = ("today", "today-again", "slots-dataclass", "namedtuple", "today-lazy", "namedtuple-lazy")

# The A/A control shows the noise; a lazy copy of it would show nothing new.
ARMS = VARIANTS + tuple(f"{name}{LAZY}" for name in VARIANTS if name != CONTROL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleNames:
    """
    The names of the modules with an arm's classes, their bare copies and its tasks.

    The module names of classes have the length and the number of parts of `django.tasks.base`, because pickle writes
    the name and imports it part by part.
    """

    classes: str
    bare: str
    tasks: str


def modules_of(arm: str) -> ModuleNames:
    """Return the module names of an arm, equal in each process, so that a process can read another's pickles."""
    number = ARMS.index(arm) if arm in ARMS else 0x800 + zlib.crc32(arm.encode()) % 0x800
    return ModuleNames(
        classes="django.tasks.base" if arm == BASELINE else f"django.tasks.v{number:03x}",
        bare=f"django.tasks.b{number:03x}",
        tasks=f"taskgauge.suites.w{number:03x}",
    )
