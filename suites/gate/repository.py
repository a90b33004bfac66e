"""The git repository that the command runs in: its refs, and their files in a folder of their own."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from taskgauge.suites.bench.errors import WrongUse
from taskgauge.suites.gate.errors import CloneShallow, NoMergeBase, NoRepository, RefUnknown, TreeDirty

_DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_FETCH = "fetch the whole history (actions/checkout: `fetch-depth: 0`; git: `git fetch --unshallow`)"


class GitFailed(WrongUse):
    """git refused; the text is its last line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository with its working tree, of which nothing is ever changed."""

    top: Path
    inside: Path
    """Where in it the project lies: the folder the command runs in, if that has a pyproject.toml, else the top."""

    @classmethod
    def around(cls, folder: Path) -> "Repository":
        """Return the repository of a folder; raise NoRepository."""
        try:
            top = Path(git(folder, "rev-parse", "--show-toplevel"))
        except GitFailed as error:
            raise NoRepository(
                f"{folder} is in no git repository ({error}): give --base and --head as requirements, wheels or folders"
            ) from error
        inside = folder.resolve().relative_to(top) if (folder / "pyproject.toml").exists() else Path()
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
        """Whether a ref is known."""
        try:
            self.commit(ref)
        except (RefUnknown, CloneShallow):
            return False
        return True

    @property
    def is_shallow(self) -> bool:
        """Whether the history ends before its beginning."""
        return git(self.top, "rev-parse", "--is-shallow-repository") == "true"

    @property
    def is_dirty(self) -> bool:
        """Whether files that git knows are changed and not committed."""
        return bool(git(self.top, "status", "--porcelain", "--untracked-files=no"))

    def merge_base(self, head: str) -> str:
        """Return the commit that head and the default branch come from; raise NoMergeBase or CloneShallow."""
        # On GitHub, a pull request says which branch it is for; that need not be the default one.
        asked = os.environ.get("GITHUB_BASE_REF")
        names = (*([f"origin/{asked}"] if asked else []), *_DEFAULT_BRANCHES)
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
        """Raise TreeDirty for a ref that is checked out, with changes that it would not be measured with."""
        if commit == git(self.top, "rev-parse", "HEAD") and self.is_dirty:
            raise TreeDirty(
                f"{self.top} has changes that are not committed, and {ref!r} is measured without them: commit them, or "
                "give the folder itself (--head .)"
            )

    def files_of(self, commit: str, folder: Path) -> Path:
        """Put a commit's files into a new folder, with the history that some builds read; return the project's."""
        # Objects are shared, so this takes no time and no room, and nothing is written into the user's repository.
        try:
            git(self.top, "clone", "--quiet", "--shared", "--no-checkout", str(self.top), str(folder))
            git(folder, "-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", commit)
        except GitFailed:
            # A shallow clone shares nothing.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            _unpack(self.top, commit, folder)
        return folder / self.inside

    def tree_in(self, folder: Path) -> Path:
        """Put the working tree's files as they are, ignored ones left out, into a new folder; return the project's."""
        project = self.files_of(git(self.top, "rev-parse", "HEAD"), folder)
        for name in git(self.top, "ls-files", "-z", "--deleted").split("\0"):
            if name:
                (folder / name).unlink(missing_ok=True)
        for name in git(self.top, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
            source = self.top / name
            if name and (source.is_file() or source.is_symlink()):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / name, follow_symlinks=False)
        return project


def git(folder: Path, *arguments: str) -> str:
    """Return what git says; raise GitFailed."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    except OSError as error:
        raise GitFailed(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        raise GitFailed(" ".join((done.stderr.strip().splitlines() or ["it said nothing"])[-1].split()))
    return done.stdout.strip()


def _unpack(top: Path, commit: str, folder: Path) -> None:
    archive = folder.with_suffix(".tar")
    git(top, "archive", "--format=tar", f"--output={archive}", commit)
    shutil.unpack_archive(archive, folder, "tar", filter="data")
    archive.unlink()
