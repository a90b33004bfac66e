"""Lists the targets of the catalogue: the version that is installed or fits, and what this machine lacks."""

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
    """One target on this machine, as texts."""

    target: str
    version: str
    """The installed version, or the newest version that fits this Python, or "not installed"."""
    store: str
    missing: tuple[str, ...]
    """The reasons why the target cannot run: Python, a package or a service; none: it can run."""
    servers: tuple[str, ...]
    """The reasons that another environment cannot change: servers that are neither given nor installed."""

    def cells(self) -> tuple[str, str, str, str]:
        """Return the cells of the row, in the order of `HEADERS`."""
        return (self.target, self.version, self.store, "; ".join(self.missing))


def target_rows(names: Iterable[str] | None = None, catalog: Path = CATALOG) -> list[TargetRow]:
    """Return a row for each target of the catalogue, or for each name; raise TargetUnknown or DescriptorError."""
    if names is None:
        names = sorted(path.parent.name for path in catalog.glob("*/backend.toml"))
    return [_row(target) for name in names for target in load_targets(name, catalog)]


def _row(target: Target) -> TargetRow:
    packages = target.missing()
    # If the backend's packages are missing, its client packages are not listed too.
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
    if installed := version(name):
        return installed
    newest = [str(line.specifier).removeprefix("==") for line in here(descriptor.newest) if line.name == name]
    return f"{newest[0]} (not installed)" if newest else "not installed"
