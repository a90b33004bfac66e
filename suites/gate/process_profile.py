"""What is timed and counted: verbs, in scenes of one process each, since two targets need two sets of settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from taskgauge.backends.descriptors.reader import Target
from taskgauge.suites.gate.errors import TargetUnusable
from taskgauge.suites.gate.side.operation_names import BACKEND_VERBS, RESULT_VERBS
from taskgauge.suites.run_control.errors import VerbUnknown

MOST_VERBS = 8
"""With 10 pairs the smallest chance is 1/1024: of more verbs, none could ever be called slower."""
RESULT_TYPES = "result-types"
"""What the verbs on Django's own objects are called as a target."""
DJANGO = {
    "django-immediate": "django.tasks.backends.immediate.ImmediateBackend",
    "django-dummy": "django.tasks.backends.dummy.DummyBackend",
}
"""Django's own targets, which need no settings of anyone else's and share a process with the result types."""
# In the order in which verbs are given up where targets have too many.
_DEFAULTS = (
    ("enqueue", "get_result", "aenqueue", "refresh", "aget_result"),
    ("enqueue", "get_result", "aenqueue", "refresh"),
    ("enqueue", "get_result"),
    ("enqueue",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One operation by name; `alias` is empty where no backend takes part."""

    name: str
    """As `--only` takes it: `create`, or `enqueue@django-tasks-db@sqlite`."""
    what: str
    alias: str = ""
    runs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessProfile:
    """What one process of a side has: its settings, and the verbs that are possible under them."""

    name: str
    verbs: tuple[Verb, ...]
    targets: Mapping[str, Target] | None = None
    """Each side's target, by `base` and `head`; None: Django's own backends."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of store it needs."""
        return () if self.targets is None else self.targets["base"].kinds

    @property
    def needs_server(self) -> bool:
        """Whether one of its stores is a server, and not a file that each process has for itself."""
        return bool(set(self.kinds) - {"sqlite"})

    def with_verbs(self, names: Iterable[str]) -> "ProcessProfile":
        """Return it with these of its verbs."""
        wanted = set(names)
        return replace(self, verbs=tuple(verb for verb in self.verbs if verb.name in wanted))


def profiles_of(names: Sequence[str], targets: Mapping[str, Mapping[str, Target]]) -> list[ProcessProfile]:
    """Return the scenes of these targets with every verb they could have; each side's own target is in `targets`."""
    plain = [Verb(name=name, what=name) for name in RESULT_VERBS if RESULT_TYPES in names]
    plain += [_verb(what, name, name, "inside") for name in names if name in DJANGO for what in BACKEND_VERBS]
    profiles = [ProcessProfile(name="django", verbs=tuple(plain))] if plain else []
    for name, sides in targets.items():
        runs = sides["base"].descriptor.runs
        verbs = tuple(_verb(what, name, "default", runs) for what in BACKEND_VERBS)
        profiles.append(ProcessProfile(name=name, verbs=verbs, targets=sides))
    return profiles


def narrowed(profiles: Sequence[ProcessProfile], only: Sequence[str]) -> list[ProcessProfile]:
    """Return the scenes with the verbs that were asked for, or with as many as a gate can have.

    Raises VerbUnknown, and TargetUnusable where too many were asked for.
    """
    names = _asked(profiles, only) if only else _default(profiles)
    if len(names) > MOST_VERBS:
        raise TargetUnusable(f"{len(names)} verbs are too many: with more than {MOST_VERBS} none could be judged")
    return [profile for each in profiles if (profile := each.with_verbs(names)).verbs]


def _asked(profiles: Sequence[ProcessProfile], only: Sequence[str]) -> list[str]:
    verbs = [verb for profile in profiles for verb in profile.verbs]
    wanted = {name for each in only for name in named(verbs, each)}
    return [verb.name for verb in verbs if verb.name in wanted]


def named(verbs: Sequence[Verb], wanted: str) -> list[str]:
    """Return the names of the verbs that one word means: its own, or what several do. Raises VerbUnknown."""
    found = [verb.name for verb in verbs if wanted in {verb.name, verb.what}]
    if not found:
        raise VerbUnknown(wanted, {verb.name for verb in verbs})
    return found


def _default(profiles: Sequence[ProcessProfile]) -> list[str]:
    results = [verb.name for profile in profiles for verb in profile.verbs if not verb.alias]
    backends = [verb for profile in profiles for verb in profile.verbs if verb.alias]
    if results:
        # Django's own: what its objects cost, and what a backend makes of them when it enqueues.
        return results + [verb.name for verb in backends if verb.what == "enqueue"]
    chosen: list[str] = []
    for whats in _DEFAULTS:
        chosen = [verb.name for verb in backends if verb.what in whats]
        if len(chosen) <= MOST_VERBS:
            break
    return chosen


def _verb(what: str, target: str, alias: str, runs: str) -> Verb:
    return Verb(name=f"{what}@{target}", what=what, alias=alias, runs=runs)


def plain_settings() -> dict[str, Any]:
    """Return TASKS for the scene of Django's own backends."""
    # The result types are refreshed from DummyBackend, which keeps what it is given.
    return {"default": {"BACKEND": DJANGO["django-dummy"]}} | {name: {"BACKEND": path} for name, path in DJANGO.items()}
