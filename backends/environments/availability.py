"""The targets of the catalogue: which version is here or would fit, and what is missing on this machine."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.descriptors.installed import here, version
from taskgauge.backends.descriptors.reader import CATALOG, Descriptor, Target, load_targets
from taskgauge.backends.services import unavailable
from taskgauge.backends.services.starting import CLASSES

HEADERS = ("target", "version", "store", "missing here")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """One target on this machine, in words."""

    target: str
    version: str
    """What is installed, or the newest that is known to fit this Python, which is then said; empty: neither."""
    store: str
    missing: tuple[str, ...]
    """What must be there and is not: Python, a package, a service; none: it can be run."""
    servers: tuple[str, ...]
    """Which of that no other environment can have either: servers that are neither given nor installed."""

    def cells(self) -> tuple[str, str, str, str]:
        """Return it as a row under `HEADERS`."""
        return (self.target, self.version, self.store, "; ".join(self.missing))


def target_rows(names: Iterable[str] | None = None, catalog: Path = CATALOG) -> list[TargetRow]:
    """Return a row for each target of the catalogue, or of those named; raise TargetUnknown or DescriptorError."""
    if names is None:
        names = sorted(path.parent.name for path in catalog.glob("*/backend.toml"))
    return [_row(target) for name in names for target in load_targets(name, catalog)]


def _row(target: Target) -> TargetRow:
    packages = target.missing()
    # What the backend's own packages bring along need not be said twice.
    services = [CLASSES[kind].without_server() if packages else unavailable(kind) for kind in target.kinds]
    missing = [packages, *services]
    servers = [CLASSES[kind].without_server() for kind in target.kinds]
    return TargetRow(
        target=target.name,
        version=_version(target.descriptor),
        store=target.store or "in the process",
        missing=tuple(dict.fromkeys(reason for reason in missing if reason)),
        servers=tuple(dict.fromkeys(reason for reason in servers if reason)),
    )


def _version(descriptor: Descriptor) -> str:
    name = descriptor.distribution
    if found := version(name):
        return found
    newest = [str(one.specifier).removeprefix("==") for one in here(descriptor.newest) if one.name == name]
    return f"{newest[0]} (not installed)" if newest else "not installed"
