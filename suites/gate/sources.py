"""Where a side is installed from: files of a ref or a folder are copied first, so that no build writes into them."""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from taskgauge.suites.gate.asked import Asked, name_of
from taskgauge.suites.gate.errors import NoRepository, ProjectUnnamed
from taskgauge.suites.gate.repository import GitFailed, Repository

_NOT_COPIED = shutil.ignore_patterns(
    ".git", ".hg", ".nox", ".tox", ".venv", "venv", ".taskgauge", "node_modules", "__pycache__", "build", "*.egg-info"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a side is installed from."""

    asked: Asked
    name: str
    """The distribution's name, as names are compared."""
    project: Path | None = None
    """The project's files, where there are any: a ref's or a folder's."""

    def requirement(self, extras: frozenset[str] = frozenset()) -> str:
        """Return it as pip takes it, with these extras as well."""
        own = self.asked.requirement
        wanted = sorted(extras | (own.extras if own is not None else set()))
        brackets = f"[{','.join(wanted)}]" if wanted else ""
        place = self.project or self.asked.path
        if place is not None:
            return f"{self.name}{brackets} @ {place.as_uri()}"
        assert own is not None  # noqa: S101 -- what has no files is a requirement
        if own.url:
            return f"{self.name}{brackets} @ {own.url}"
        return f"{self.name}{brackets}{own.specifier}"


def source_of(asked: Asked, folder: Path) -> Source:
    """Return what to install, its files in a new folder if it has any. Raises WrongUse: ProjectUnnamed, GitFailed."""
    if asked.requirement is not None:
        return Source(asked=asked, name=name_of(asked.requirement))
    if asked.repository is not None and asked.commit is not None:
        project = asked.repository.files_of(asked.commit, folder)
    else:
        assert asked.path is not None  # noqa: S101 -- neither requirement nor ref: it is a folder
        project = _copied(asked.path, folder)
    return Source(asked=asked, name=project_name(project, asked.path or project), project=project)


def _copied(path: Path, folder: Path) -> Path:
    try:
        project = Repository.around(path).tree_in(folder)
        if (project / "pyproject.toml").exists():
            return project
    except (NoRepository, GitFailed):
        pass  # no repository, or one without a commit
    # A folder that git ignores ends here as well.
    shutil.rmtree(folder, ignore_errors=True)
    return Path(shutil.copytree(path, folder, ignore=_NOT_COPIED, symlinks=True))


def project_name(project: Path, shown: Path) -> str:
    """Return the name in a project's pyproject.toml; `shown` is where messages say it is. Raises ProjectUnnamed."""
    content = read_project(project, shown)
    name = content.get("project", {}).get("name") or content.get("tool", {}).get("poetry", {}).get("name")
    if not isinstance(name, str):
        raise ProjectUnnamed(shown, "it has no such key")
    return str(canonicalize_name(name))


def read_project(project: Path, shown: Path) -> dict[str, Any]:
    """Return a project's pyproject.toml. Raises ProjectUnnamed."""
    try:
        return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ProjectUnnamed(shown, "it has no pyproject.toml") from error
    except (OSError, ValueError) as error:
        raise ProjectUnnamed(shown, f"its pyproject.toml cannot be read: {error}") from error
