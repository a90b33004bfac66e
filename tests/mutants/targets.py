"""Writes the descriptors by which the suite finds a mutant: those of its base, with another backend."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from mutants.breaking import Mutant
from taskgauge.backends.descriptors.reader import CATALOG, Target, read_descriptor
from taskgauge.backends.services import unavailable

HERE = Path(__file__).with_name("targets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """An unbroken backend with its descriptor."""

    name: str
    folder: Path
    patience: float
    """Seconds until what should happen at once counts as not happening; the suite's own 30 are for slow machines."""

    @property
    def backend(self) -> str:
        """The path of its class."""
        return read_descriptor(self.folder).backend

    @property
    def stores(self) -> tuple[str, ...]:
        """Where it can be run."""
        return read_descriptor(self.folder).stores


BASES = {
    base.name: base
    for base in (
        Base(name="steps", folder=HERE / "steps", patience=4),
        Base(name="durable", folder=HERE / "durable", patience=10),
        Base(name="reference-memory", folder=CATALOG / "reference-memory", patience=4),
        Base(name="reference-immediate", folder=CATALOG / "reference-immediate", patience=4),
        Base(name="reference-process", folder=CATALOG / "reference-process", patience=10),
        Base(name="django-immediate", folder=CATALOG / "django-immediate", patience=4),
        Base(name="django-dummy", folder=CATALOG / "django-dummy", patience=4),
    )
}


def base_of(mutant: Mutant) -> Base:
    """Return what it is made from: the nearest of its classes that has a descriptor."""
    if mutant.on:
        return BASES[mutant.on]
    by_backend = {base.backend.rpartition(".")[2]: base for base in BASES.values()}
    return next(by_backend[each.__name__] for each in mutant.what.__mro__[1:] if each.__name__ in by_backend)


def why_not(mutant: Mutant) -> str | None:
    """Return why it cannot be run here, or None."""
    if not mutant.applies:
        return "there is nothing to break in this version of Django"
    base = base_of(mutant)
    target = Target(descriptor=read_descriptor(base.folder), store=mutant.store or next(iter(base.stores), None))
    return target.missing() or next(filter(None, map(unavailable, target.kinds)), None)


def write_target(mutant: Mutant, folder: Path) -> str:
    """Write the descriptor into a new folder; return the name by which the suite takes it."""
    base = base_of(mutant)
    shutil.copytree(base.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        if not mutant.is_patch:
            text = text.replace(base.backend, mutant.path)
        if path.name == "backend.toml":
            name = base.name if mutant.is_patch else mutant.name
            new = {key: f"{key} = {json.dumps(value)}" for key, value in mutant.descriptor.items()}
            # A key that is there, in its table as it may be, is changed in its place.
            lines = [new.pop(line.partition(" =")[0], line) for line in text.splitlines()]
            text = "\n".join([f"name = {json.dumps(name)}", *new.values(), *lines, ""])
        path.write_text(text, encoding="utf-8")
    store = mutant.store or next(iter(base.stores), "")
    return f"{folder / 'backend.toml'}{store and '@'}{store}"


def write_patch(mutant: Mutant, folder: Path) -> None:
    """Write into a new folder what makes every Python that searches there make the mutant's change first."""
    folder.mkdir()
    module, _, name = mutant.path.rpartition(".")
    (folder / "sitecustomize.py").write_text(f"from {module} import {name}\n\n{name}()\n", encoding="utf-8")
