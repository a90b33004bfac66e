"""The sources of sides: files of a ref or a folder are copied first, so that no build writes into them."""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from taskgauge.backends.environments.built_metadata import built_name
from taskgauge.backends.environments.errors import ProjectUnnamed
from taskgauge.backends.processes.git import GitFailed
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.suites.gate.errors import NoRepository
from taskgauge.suites.gate.repository import Repository, has_project
from taskgauge.suites.gate.side_spec import SideSpec, name_of

_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".hg", ".nox", ".tox", ".venv", "venv", ".taskgauge", "node_modules", "__pycache__", "build", "*.egg-info"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The source of a side."""

    asked: SideSpec
    name: str
    """The normalized name of the distribution."""
    project: Path | None = None
    """The folder with the project's files, for a ref or a folder."""

    def requirement(self, extras: frozenset[str] = frozenset()) -> str:
        """Return the requirement for pip, with these extras added."""
        own = self.asked.requirement
        wanted = sorted(extras | (own.extras if own is not None else set()))
        brackets = f"[{','.join(wanted)}]" if wanted else ""
        place = self.project or self.asked.path
        if place is not None:
            return f"{self.name}{brackets} @ {place.as_uri()}"
        assert own is not None  # noqa: S101 -- a side without files is a requirement
        if own.url:
            return f"{self.name}{brackets} @ {own.url}"
        return f"{self.name}{brackets}{own.specifier}"


def source_of(asked: SideSpec, folder: Path, interruption: Interruption) -> Source:
    """Return the source of a side, with its files, if it has any, in a new folder.

    Raises WrongUse: ProjectUnnamed, SubmoduleMissing, RepositoryRefused, GitFailed; and Interrupted.
    """
    if asked.requirement is not None:
        return Source(asked=asked, name=name_of(asked.requirement))
    if asked.repository is not None and asked.commit is not None:
        project = asked.repository.files_of(asked.commit, folder)
    else:
        assert asked.path is not None  # noqa: S101 -- neither requirement nor ref: it is a folder
        project = _copied(asked.path, folder)
    name = project_name(project, asked.path or project, interruption)
    return Source(asked=asked, name=name, project=project)


def _copied(path: Path, folder: Path) -> Path:
    try:
        project = Repository.around(path).tree_in(folder)
        if has_project(project):
            return project
    except (NoRepository, GitFailed):
        pass  # no repository, or a repository without a commit
    # This is also the path for a folder that git ignores.
    shutil.rmtree(folder, ignore_errors=True)
    return Path(shutil.copytree(path, folder, ignore=_NOT_COPIED, symlinks=True))


def project_name(project: Path, shown: Path, interruption: Interruption) -> str:
    """Return the name of the distribution that a project builds; `shown` is the project's path in messages.

    If pyproject.toml has no name, read it from the metadata that the build makes. Raises ProjectUnnamed, Interrupted.
    """
    content = read_project(project, shown)
    for table in (content, content.get("tool")):
        own = table.get("project" if table is content else "poetry") if isinstance(table, dict) else None
        if isinstance(own, dict) and isinstance(own.get("name"), str):
            return str(canonicalize_name(own["name"]))
    return str(canonicalize_name(built_name(project, shown, interruption)))


def read_project(project: Path, shown: Path) -> dict[str, Any]:
    """Return the content of pyproject.toml, empty if the project has only setup.py. Raises ProjectUnnamed."""
    try:
        return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if has_project(project):
            return {}
        raise ProjectUnnamed(shown, "it has no pyproject.toml and no setup.py") from error
    except (OSError, ValueError) as error:
        raise ProjectUnnamed(shown, f"its pyproject.toml cannot be read: {error}") from error
