"""The choice of targets that a gate times: the requested ones, the backend of the folder, or Django's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from taskgauge.backends.descriptors.fragments import NO_STORE
from taskgauge.backends.descriptors.installed import closure, here, version
from taskgauge.backends.descriptors.reader import CATALOG, Target, TargetUnknown, load_targets
from taskgauge.backends.services import unavailable
from taskgauge.suites.gate.errors import TargetUnusable
from taskgauge.suites.gate.own_tables import own_tables
from taskgauge.suites.gate.process_profile import DJANGO, RESULT_TYPES, Operation, ProcessProfile, narrowed, profiles_of
from taskgauge.suites.gate.side_spec import name_of
from taskgauge.suites.gate.sources import Source

OURS = "taskgauge"
_OUR_TARGETS = ("reference-immediate", "reference-memory")
_WITH_DJANGO = "django-tasks-db@sqlite"
_FILE = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePlan:
    """The targets and operations to time, and the packages that they need beside the thing under test."""

    targets: tuple[str, ...]
    profiles: tuple[ProcessProfile, ...]
    known: tuple[Operation, ...]
    """Every operation that the targets could have, timed or not."""
    extras: frozenset[str]
    """The extras of the thing under test to install."""
    common: tuple[str, ...]
    """The requirements that both sides share."""
    needs_taskgauge: bool
    """True if a target is one of Taskgauge's own, so that both sides need Taskgauge."""
    using: tuple[str, ...]
    """The targets whose packages need the distribution under test, or that its own table describes."""
    notes: tuple[str, ...] = ()
    """Lines about the choice for the user."""


def choose(
    names: Sequence[str], only: Sequence[str], more: Sequence[str], *, base: Source, head: Source, folder: Path
) -> GatePlan:
    """Return what to time; `more` are further requirements of both sides.

    Raises TargetUnusable, TargetUnknown, DescriptorError, OperationUnknown.
    """
    tables = own_tables(base, head, folder, named=bool(names))
    own = tables.files
    chosen = list(dict.fromkeys(names)) or _default(base.name, own)
    targets: dict[str, Mapping[str, Target]] = {}
    for name in chosen:
        if name not in {RESULT_TYPES, *DJANGO}:
            targets |= _sides_of(name, own, explicit=bool(names))
    every = profiles_of(chosen, targets)
    profiles = narrowed(every, only)
    used = [profile.targets["base"] for profile in profiles if profile.targets is not None]
    lines = [line for target in used for line in _requirements(target)]
    common = [*more, *(_pinned(line) for line in lines if name_of(line) != base.name)]
    if base.name != "django" and not any(name_of(Requirement(line)) == "django" for line in common):
        common.append(f"django=={version('django')}")
    return GatePlan(
        targets=tuple(dict.fromkeys(name for profile in profiles for name in names_of(profile))),
        profiles=tuple(profiles),
        known=tuple(operation for profile in every for operation in profile.operations),
        extras=frozenset(extra for line in lines if name_of(line) == base.name for extra in line.extras),
        common=tuple(common),
        using=_using(profiles, base.name, own),
        notes=tables.notes,
        needs_taskgauge=base.name != OURS and any(target.descriptor.backend.startswith(f"{OURS}.") for target in used),
    )


def _using(profiles: Sequence[ProcessProfile], under_test: str, own: Mapping[str, str]) -> tuple[str, ...]:
    """Return the targets whose packages need the distribution under test, or that its own table describes."""
    targets: list[str] = []
    for profile in profiles:
        needed = [Requirement("django"), *([] if profile.targets is None else _needed_by(profile.targets["base"]))]
        described = profile.targets is not None and str(profile.targets["base"].descriptor.path) in own.values()
        if described or under_test in closure(needed):
            targets += names_of(profile)
    return tuple(targets)


def _needed_by(target: Target) -> list[Requirement]:
    ours = [Requirement(OURS)] if target.descriptor.backend.startswith(f"{OURS}.") else []
    return [*ours, Requirement(target.descriptor.distribution), *_requirements(target)]


def names_of(profile: ProcessProfile) -> list[str]:
    """Return the targets of a profile without repetition."""
    return list(dict.fromkeys(operation.name.partition("@")[2] or RESULT_TYPES for operation in profile.operations))


def _default(under_test: str, own: Mapping[str, str]) -> list[str]:
    if own:
        return [own["base"]]
    if under_test == OURS:
        return list(_OUR_TARGETS)
    if names := [name for name in _catalogue() if _is_of(name, under_test)]:
        return names
    extra = [_WITH_DJANGO] if version(_WITH_DJANGO.partition("@")[0]) else []
    return [RESULT_TYPES, *DJANGO, *extra]


def _catalogue() -> list[str]:
    return sorted(path.parent.name for path in CATALOG.glob("*/backend.toml"))


def _is_of(name: str, under_test: str) -> bool:
    distribution = load_targets(name)[0].descriptor.distribution
    return name not in DJANGO and canonicalize_name(distribution) == under_test


def _sides_of(name: str, own: Mapping[str, str], *, explicit: bool) -> dict[str, Mapping[str, Target]]:
    """Return a target as base and head describe it: the first target of a backend whose store is available here."""
    file, at, store = name.partition("@")
    is_own = bool(own) and file in {*own.values(), _FILE}
    base = load_targets(own["base"] + at + store if is_own else name)
    head = {target.store: target for target in load_targets(own["head"] + at + store if is_own else name)}
    reasons = {target.name: _why_not(target) for target in base}
    for target in base:
        if reasons[target.name] is None:
            return {target.name: {"base": target, "head": head.get(target.store, target)}}
    text = "; ".join(f"{target}: {reason}" for target, reason in reasons.items())
    raise TargetUnusable(f"{text}: name another with --target" if explicit else text)


def _why_not(target: Target) -> str | None:
    if target.descriptor.runs == "never":
        return None
    reasons = [unavailable(kind) for kind in target.kinds]
    return next((reason for reason in reasons if reason), None)


def _requirements(target: Target) -> list[Requirement]:
    more = target.descriptor.store_requirements.get(target.store or NO_STORE, ())
    return here([*target.descriptor.requirements, *more])


def _pinned(line: Requirement) -> str:
    """Return a requirement pinned to the version of this environment, so that repeated runs install the same."""
    installed = version(line.name)
    extras = f"[{','.join(sorted(line.extras))}]" if line.extras else ""
    if installed is not None and line.specifier.contains(installed, prereleases=True):
        return f"{line.name}{extras}=={installed}"
    return f"{line.name}{extras}{line.specifier}"


__all__ = ["OURS", "GatePlan", "TargetUnknown", "choose"]
