"""The operations to time and count, in process profiles: a profile has one settings module, which a target needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from taskgauge.backends.descriptors.reader import Target
from taskgauge.suites.gate.errors import TargetUnusable
from taskgauge.suites.gate.side.operation_names import BACKEND_VERBS, RESULT_VERBS
from taskgauge.suites.run_control.errors import VerbUnknown

MOST_VERBS = 8
"""With 10 pairs the smallest p-value is 1/1024: with more operations, none could ever be called slower."""
RESULT_TYPES = "result-types"
"""The name of the target whose operations are those on Django's own objects."""
DJANGO = {
    "django-immediate": "django.tasks.backends.immediate.ImmediateBackend",
    "django-dummy": "django.tasks.backends.dummy.DummyBackend",
}
"""Django's own targets, which need no other settings and share a process with the result types."""
# If targets have too many operations, the first of these choices that is short enough is taken.
_DEFAULTS = (
    ("enqueue", "get_result", "aenqueue", "refresh", "aget_result"),
    ("enqueue", "get_result", "aenqueue", "refresh"),
    ("enqueue", "get_result"),
    ("enqueue",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """An operation; `alias` is empty if it uses no backend."""

    name: str
    """The name for `--only`: `create`, or `enqueue@django-tasks-db@sqlite`."""
    what: str
    alias: str = ""
    runs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessProfile:
    """The settings of one process of a side, and the operations that are possible under them."""

    name: str
    verbs: tuple[Verb, ...]
    targets: Mapping[str, Target] | None = None
    """The target of each side, by `base` and `head`; None: Django's own backends."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of store that the profile needs."""
        return () if self.targets is None else self.targets["base"].kinds

    @property
    def needs_server(self) -> bool:
        """True if one of its stores is a server instead of a file of one process."""
        return bool(set(self.kinds) - {"sqlite"})

    def with_verbs(self, names: Iterable[str]) -> "ProcessProfile":
        """Return the profile with only these of its operations."""
        wanted = set(names)
        return replace(self, verbs=tuple(verb for verb in self.verbs if verb.name in wanted))


def profiles_of(names: Sequence[str], targets: Mapping[str, Mapping[str, Target]]) -> list[ProcessProfile]:
    """Return the profiles of these targets with all possible operations; `targets` has the targets of each side."""
    plain = [Verb(name=name, what=name) for name in RESULT_VERBS if RESULT_TYPES in names]
    plain += [_verb(what, name, name, "inside") for name in names if name in DJANGO for what in BACKEND_VERBS]
    profiles = [ProcessProfile(name="django", verbs=tuple(plain))] if plain else []
    for name, sides in targets.items():
        runs = sides["base"].descriptor.runs
        verbs = tuple(_verb(what, name, "default", runs) for what in BACKEND_VERBS)
        profiles.append(ProcessProfile(name=name, verbs=verbs, targets=sides))
    return profiles


def narrowed(profiles: Sequence[ProcessProfile], only: Sequence[str]) -> list[ProcessProfile]:
    """Return the profiles with the requested operations, or with the default ones.

    Raises VerbUnknown, and TargetUnusable if there are more operations than a gate can judge.
    """
    names = _asked(profiles, only) if only else _default(profiles)
    if len(names) > MOST_VERBS:
        raise TargetUnusable(f"{len(names)} operations are too many: a gate judges at most {MOST_VERBS}")
    return [kept for profile in profiles if (kept := profile.with_verbs(names)).verbs]


def _asked(profiles: Sequence[ProcessProfile], only: Sequence[str]) -> list[str]:
    verbs = [verb for profile in profiles for verb in profile.verbs]
    wanted = {name for text in only for name in named(verbs, text)}
    return [verb.name for verb in verbs if verb.name in wanted]


def named(verbs: Sequence[Verb], wanted: str) -> list[str]:
    """Return the names of the operations with this full name or this kind. Raises VerbUnknown."""
    names = [verb.name for verb in verbs if wanted in {verb.name, verb.what}]
    if not names:
        raise VerbUnknown(wanted, {verb.name for verb in verbs})
    return names


def _default(profiles: Sequence[ProcessProfile]) -> list[str]:
    results = [verb.name for profile in profiles for verb in profile.verbs if not verb.alias]
    backends = [verb for profile in profiles for verb in profile.verbs if verb.alias]
    if results:
        # Django's own: the cost of its objects, and of the enqueue() of a backend that makes them.
        return results + [verb.name for verb in backends if verb.what == "enqueue"]
    chosen: list[str] = []
    for kinds in _DEFAULTS:
        chosen = [verb.name for verb in backends if verb.what in kinds]
        if len(chosen) <= MOST_VERBS:
            break
    return chosen


def _verb(what: str, target: str, alias: str, runs: str) -> Verb:
    return Verb(name=f"{what}@{target}", what=what, alias=alias, runs=runs)


def plain_settings() -> dict[str, Any]:
    """Return the TASKS setting for the profile of Django's own backends."""
    # Result types are refreshed from DummyBackend, which keeps every result.
    return {"default": {"BACKEND": DJANGO["django-dummy"]}} | {name: {"BACKEND": path} for name, path in DJANGO.items()}
