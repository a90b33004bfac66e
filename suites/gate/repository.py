"""The git repository in which the command runs: its refs, and copies of their files in separate folders."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from taskgauge.backends.processes.git import GitFailed, git
from taskgauge.suites.gate.errors import (
    CloneShallow,
    NoMergeBase,
    NoRepository,
    RefUnknown,
    RepositoryRefused,
    SubmoduleMissing,
    TreeDirty,
)

_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_FETCH = "fetch the whole history (actions/checkout: `fetch-depth: 0`; git: `git fetch --unshallow`)"
_WHOLE_HASH = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_PROJECT_FILES = ("pyproject.toml", "setup.py")
_GITLINK = "160000"
"""The mode of a submodule in a tree and in the index."""


def has_project(folder: Path) -> bool:
    """Return True if a folder has a file that a build reads."""
    return any((folder / name).exists() for name in _PROJECT_FILES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository with its working tree; nothing in it is ever changed."""

    top: Path
    inside: Path
    """The project's path in it: the folder in which the command runs if it has a project file, else the top."""

    @classmethod
    def around(cls, folder: Path) -> "Repository":
        """Return the repository of a folder. Raises NoRepository, and RepositoryRefused with git's reason."""
        try:
            top = Path(git(folder, "rev-parse", "--show-toplevel"))
        except GitFailed as error:
            advice = "give --base and --head as requirements, wheels or folders"
            if error.finds_no_repository:
                raise NoRepository(f"{folder} is in no git repository ({error}): {advice}") from error
            raise RepositoryRefused(f"git does not read the repository of {folder}: {error}; or {advice}") from error
        inside = folder.resolve().relative_to(top) if has_project(folder) else Path()
        return cls(top=top, inside=inside)

    def commit(self, ref: str) -> str:
        """Return the commit that a ref names; raise RefUnknown or CloneShallow."""
        try:
            return git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        except GitFailed as error:
            if self.is_shallow:
                raise CloneShallow(f"this clone is shallow and has no {ref!r}: {_FETCH}") from error
            raise RefUnknown(f"{self.top} has no branch, tag or commit {ref!r}; `git fetch` may bring it") from error

    def has(self, ref: str) -> bool:
        """Return True if a ref is known."""
        try:
            self.commit(ref)
        except (RefUnknown, CloneShallow):
            return False
        return True

    @property
    def is_shallow(self) -> bool:
        """True if the clone lacks older commits."""
        return git(self.top, "rev-parse", "--is-shallow-repository") == "true"

    @property
    def is_dirty(self) -> bool:
        """True if tracked files have uncommitted changes."""
        return bool(git(self.top, "status", "--porcelain", "--untracked-files=no"))

    def merge_base(self, head: str) -> str:
        """Return the merge base of head and the default branch; raise NoMergeBase or CloneShallow."""
        # On GitHub, a pull request names its target branch, which may differ from the default branch.
        pull_request_base = os.environ.get("GITHUB_BASE_REF")
        names = (*([f"origin/{pull_request_base}"] if pull_request_base else []), *_DEFAULT_BRANCHES)
        default = next((name for name in names if self.has(name)), None)
        if default is None:
            raise NoMergeBase(f"{self.top} has none of {', '.join(names)}: name --base")
        try:
            return git(self.top, "merge-base", default, head)
        except GitFailed as error:
            if self.is_shallow:
                raise CloneShallow(
                    f"this clone is shallow and ends before the merge base with {default}: {_FETCH}, or name --base"
                ) from error
            raise NoMergeBase(f"{default} and head have no commit in common: name --base") from error

    def check_clean(self, ref: str, commit: str) -> None:
        """Raise TreeDirty if the ref is checked out and the working tree has uncommitted changes."""
        if _WHOLE_HASH.fullmatch(ref):
            return  # A git hook names a pushed commit by its whole hash; the working tree may differ.
        if commit == git(self.top, "rev-parse", "HEAD") and self.is_dirty:
            raise TreeDirty(
                f"{self.top} has changes that are not committed, and {ref!r} is measured without them: commit them, or "
                "give the folder itself (--head .)"
            )

    def files_of(self, commit: str, folder: Path) -> Path:
        """Copy a commit's files, with the history that some builds read, into a new folder; return the project's.

        Raises SubmoduleMissing, GitFailed.
        """
        self._clone(commit, folder)
        for path, pinned in self._submodules("ls-tree", "-r", "-z", commit):
            self._bring_submodule(path, pinned, folder)
        return folder / self.inside

    def tree_in(self, folder: Path) -> Path:
        """Copy the working tree's files, without ignored ones, into a new folder; return the project's folder.

        Raises SubmoduleMissing, GitFailed.
        """
        self._clone(git(self.top, "rev-parse", "HEAD"), folder)
        for name in git(self.top, "ls-files", "-z", "--deleted").split("\0"):
            if name:
                (folder / name).unlink(missing_ok=True)
        for name in git(self.top, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
            source = self.top / name
            if name and (source.is_file() or source.is_symlink()):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / name, follow_symlinks=False)
        for path, pinned in self._submodules("ls-files", "-s", "-z"):
            if (self.top / path / ".git").exists():
                shutil.rmtree(folder / path, ignore_errors=True)
                Repository(top=self.top / path, inside=Path()).tree_in(folder / path)
            else:
                self._bring_submodule(path, pinned, folder)
        return folder / self.inside

    def _clone(self, commit: str, folder: Path) -> None:
        # The clone shares objects, so it is fast and small, and writes nothing into the user's repository.
        try:
            git(self.top, "clone", "--quiet", "--shared", "--no-checkout", "--template=", str(self.top), str(folder))
            git(folder, "-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", commit)
        except GitFailed:
            # A shallow clone cannot share objects.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            _unpack(self.top, commit, folder)

    def _submodules(self, *listing: str) -> list[tuple[Path, str]]:
        """Return path and pinned commit of each submodule that `git ls-tree` or `git ls-files` lists."""
        entries = [entry.partition("\t") for entry in git(self.top, *listing).split("\0")]
        rows = [(about.split(), Path(path)) for about, _, path in entries]
        # `ls-tree` lists mode, type and hash; `ls-files -s` lists mode, hash and stage.
        return [(path, next(word for word in about if len(word) >= 40)) for about, path in rows if _GITLINK in about]

    def _bring_submodule(self, path: Path, commit: str, folder: Path) -> None:
        """Copy a submodule's files to their place in `folder`; raise SubmoduleMissing if this clone lacks them."""
        place = folder / path
        own = Path(git(self.top, "rev-parse", "--path-format=absolute", "--git-common-dir"), "modules", path)
        for top in (self.top / path, own):
            try:
                if not ((top / ".git").exists() or (top / "HEAD").is_file()):
                    continue
                git(top, "cat-file", "-e", f"{commit}^{{commit}}")
            except GitFailed:
                continue
            shutil.rmtree(place, ignore_errors=True)
            Repository(top=top, inside=Path()).files_of(commit, place)
            return
        if path.is_relative_to(self.inside):
            raise SubmoduleMissing(path, commit)


def _unpack(top: Path, commit: str, folder: Path) -> None:
    archive = folder.with_suffix(".tar")
    git(top, "archive", "--format=tar", f"--output={archive}", commit)
    shutil.unpack_archive(archive, folder, "tar", filter="data")
    archive.unlink()
