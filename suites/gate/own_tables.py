"""Finds the `[tool.taskgauge]` table of each side; an invalid table is refused with its reason."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from taskgauge.backends.descriptors.reader import DescriptorError, has_descriptor, load_targets
from taskgauge.suites.gate.errors import NothingToTime
from taskgauge.suites.gate.sources import Source

_FILE = "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTables:
    """The files with the table of each side, by `base` and `head`; empty if there is no table."""

    files: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Lines about the tables for the user."""


def own_tables(base: Source, head: Source, folder: Path, *, named: bool) -> OwnTables:
    """Return each side's table; a side without a table uses the other side's, and both can use the folder's.

    `named` is True if the user named targets: then the folder's table may describe another distribution. If only base's
    table is invalid, both sides use head's, and a note says so. Raises DescriptorError for an invalid table, and
    NothingToTime for a table of another distribution.
    """
    own = {side: source.project / _FILE for side, source in (("base", base), ("head", head)) if source.project}
    files = {side: str(file) for side, file in own.items() if _has_table(side, file)}
    notes = []
    if "head" in files:
        _check("head", Path(files["head"]))
    if "base" in files:
        try:
            _check("base", Path(files["base"]))
        except DescriptorError as error:
            if "head" not in files or head.project == base.project:
                raise
            notes.append(f"base is measured by head's table [tool.taskgauge]: {error}")
            files["base"] = files["head"]
    if not files and (file := _of_folder(folder, base.name, named=named)) is not None:
        return OwnTables(files={"base": str(file), "head": str(file)})
    if files:
        first = files.get("head") or files["base"]
        files = {"base": files.get("base", first), "head": first}
    return OwnTables(files=files, notes=tuple(notes))


def _has_table(side: str, file: Path) -> bool:
    """Return True if a side's pyproject.toml has the table; raise DescriptorError if it cannot be read."""
    try:
        return has_descriptor(file)
    except DescriptorError as error:
        raise _of_side(side, file, error) from error


def _check(side: str, file: Path) -> None:
    try:
        load_targets(str(file))
    except DescriptorError as error:
        raise _of_side(side, file, error) from error


def _of_side(side: str, file: Path, error: DescriptorError) -> DescriptorError:
    """Return an error that names the side instead of its temporary folder."""
    return type(error)(str(error).replace(f"{file.parent}/", f"{side}'s "))


def _of_folder(folder: Path, under_test: str, *, named: bool) -> Path | None:
    """Return the folder's file if its table describes the distribution under test."""
    file = folder / _FILE
    if not has_descriptor(file):
        return None
    try:
        [target, *_] = load_targets(str(file))
    except DescriptorError:
        if named and _project_name(file) != under_test:
            return None
        raise
    names = {_project_name(file), target.descriptor.name, target.descriptor.distribution}
    if under_test in {canonicalize_name(name) for name in names}:
        return file
    if named:
        return None
    raise NothingToTime(
        f"{file}: [tool.taskgauge] describes {target.descriptor.name}, and {under_test} is under test: say what to "
        f"time with --target (such as --target {_FILE}, --target result-types)"
    )


def _project_name(file: Path) -> str:
    project = tomllib.loads(file.read_text(encoding="utf-8")).get("project")
    name = project.get("name") if isinstance(project, dict) else None
    return str(canonicalize_name(name)) if isinstance(name, str) else ""
