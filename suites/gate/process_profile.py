"""The operations to time and count, in process profiles: a profile has one settings module, which a target needs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from taskgauge.backends.descriptors.reader import Target
from taskgauge.suites.gate.errors import TargetUnusable
from taskgauge.suites.gate.side.operation_names import BACKEND_OPERATIONS, RESULT_OPERATIONS
from taskgauge.suites.run_control.errors import OperationUnknown

MOST_OPERATIONS = 8
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
class Operation:
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
    operations: tuple[Operation, ...]
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

    def with_operations(self, names: Iterable[str]) -> "ProcessProfile":
        """Return the profile with only these of its operations."""
        wanted = set(names)
        return replace(self, operations=tuple(operation for operation in self.operations if operation.name in wanted))


def profiles_of(names: Sequence[str], targets: Mapping[str, Mapping[str, Target]]) -> list[ProcessProfile]:
    """Return the profiles of these targets with all possible operations; `targets` has the targets of each side."""
    plain = [Operation(name=name, what=name) for name in RESULT_OPERATIONS if RESULT_TYPES in names]
    plain += [_operation(what, name, name, "inside") for name in names if name in DJANGO for what in BACKEND_OPERATIONS]
    profiles = [ProcessProfile(name="django", operations=tuple(plain))] if plain else []
    for name, sides in targets.items():
        runs = sides["base"].descriptor.runs
        operations = tuple(_operation(what, name, "default", runs) for what in BACKEND_OPERATIONS)
        profiles.append(ProcessProfile(name=name, operations=operations, targets=sides))
    return profiles


def narrowed(profiles: Sequence[ProcessProfile], only: Sequence[str]) -> list[ProcessProfile]:
    """Return the profiles with the requested operations, or with the default ones.

    Raises OperationUnknown, and TargetUnusable if there are more operations than a gate can judge.
    """
    names = _asked(profiles, only) if only else _default(profiles)
    if len(names) > MOST_OPERATIONS:
        raise TargetUnusable(f"{len(names)} operations are too many: a gate judges at most {MOST_OPERATIONS}")
    return [kept for profile in profiles if (kept := profile.with_operations(names)).operations]


def _asked(profiles: Sequence[ProcessProfile], only: Sequence[str]) -> list[str]:
    operations = [operation for profile in profiles for operation in profile.operations]
    wanted = {name for text in only for name in named(operations, text)}
    return [operation.name for operation in operations if operation.name in wanted]


def named(operations: Sequence[Operation], wanted: str) -> list[str]:
    """Return the names of the operations with this full name or this kind. Raises OperationUnknown."""
    names = [operation.name for operation in operations if wanted in {operation.name, operation.what}]
    if not names:
        raise OperationUnknown(wanted, {operation.name for operation in operations})
    return names


def _default(profiles: Sequence[ProcessProfile]) -> list[str]:
    results = [operation.name for profile in profiles for operation in profile.operations if not operation.alias]
    backends = [operation for profile in profiles for operation in profile.operations if operation.alias]
    if results:
        # Django's own: the cost of its objects, and of the enqueue() of a backend that makes them.
        return results + [operation.name for operation in backends if operation.what == "enqueue"]
    chosen: list[str] = []
    for kinds in _DEFAULTS:
        chosen = [operation.name for operation in backends if operation.what in kinds]
        if len(chosen) <= MOST_OPERATIONS:
            break
    return chosen


def _operation(what: str, target: str, alias: str, runs: str) -> Operation:
    return Operation(name=f"{what}@{target}", what=what, alias=alias, runs=runs)


def plain_settings() -> dict[str, Any]:
    """Return the TASKS setting for the profile of Django's own backends."""
    # Result types are refreshed from DummyBackend, which keeps every result.
    return {"default": {"BACKEND": DJANGO["django-dummy"]}} | {name: {"BACKEND": path} for name, path in DJANGO.items()}
