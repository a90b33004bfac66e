"""The specification of a side: a requirement, a wheel, a folder, or a ref of the repository of the command."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from taskgauge.suites.gate.errors import NoRepository, SideUnknown
from taskgauge.suites.gate.repository import Repository

type Kind = Literal["requirement", "wheel", "path", "ref"]

HEAD = "HEAD"


@dataclass(frozen=True, slots=True, kw_only=True)
class SideSpec:
    """One requested side."""

    text: str
    """The text of the option, or of the commit that stands in for it."""
    kind: Kind
    requirement: Requirement | None = None
    path: Path | None = None
    """The wheel or the folder."""
    commit: str | None = None
    """The commit that a ref named when the run began."""
    repository: Repository | None = None


def both_sides(base: str | None, head: str | None, here: Path) -> tuple[SideSpec, SideSpec]:
    """Return both sides; head defaults to the checked-out commit, and base to the merge base of head.

    Raises WrongUse: SideUnknown, NoRepository, RefUnknown, CloneShallow, NoMergeBase, TreeDirty.
    """
    if head is None:
        Repository.around(here)
    asked_head = one_side("head", head or HEAD, here)
    if base is not None:
        return one_side("base", base, here), asked_head
    if asked_head.kind not in {"ref", "path"}:
        raise SideUnknown(f"base is not named, and head {asked_head.text!r} has no history: name --base")
    repository = asked_head.repository or Repository.around(asked_head.path or here)
    commit = repository.merge_base(asked_head.commit or HEAD)
    return SideSpec(text=commit[:12], kind="ref", commit=commit, repository=repository), asked_head


def one_side(side: str, text: str, here: Path) -> SideSpec:
    """Return the side that a text names. Raises WrongUse as `both_sides` does."""
    requirement = _requirement(text)
    if requirement is not None and (requirement.specifier or requirement.url or requirement.extras):
        return SideSpec(text=text, kind="requirement", requirement=requirement)
    path = here / Path(text).expanduser()
    if path.suffix == ".whl":
        return _wheel(side, text, path)
    if path.is_dir() and (text.startswith((".", "~", "/")) or "/" in text):
        return SideSpec(text=text, kind="path", path=path.resolve())
    try:
        repository = Repository.around(here)
    except NoRepository as error:
        if requirement is not None:
            return SideSpec(text=text, kind="requirement", requirement=requirement)
        raise SideUnknown(_advice(side, text)) from error
    commit = repository.commit(text)
    repository.check_clean(text, commit)
    return SideSpec(text=text, kind="ref", commit=commit, repository=repository)


def _wheel(side: str, text: str, path: Path) -> SideSpec:
    if not path.is_file():
        raise SideUnknown(f"{side} {text!r} is no file: build the wheel first, or give its path")
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise SideUnknown(f"{side} {text!r} is not named like a wheel: {error}") from error
    return SideSpec(text=text, kind="wheel", path=path.resolve(), requirement=Requirement(f"{name}=={version}"))


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _advice(side: str, text: str) -> str:
    return (
        f"{side} {text!r} is no requirement (django==6.1.3), no wheel (dist/NAME.whl), no folder (./checkout), and no "
        "ref, since this is no git repository"
    )


def name_of(requirement: Requirement) -> str:
    """Return the normalized name of a requirement's distribution."""
    return str(canonicalize_name(requirement.name))
