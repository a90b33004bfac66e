"""Errors of the two sides; each text is one line that says what to do next."""

from pathlib import Path

from taskgauge.backends.errors import WrongUse


class SideUnknown(WrongUse):
    """A side is not a requirement, a wheel, a folder or a ref."""


class RefUnknown(WrongUse):
    """The repository has no such ref."""


class NoMergeBase(WrongUse):
    """Base is not named, and head and the default branch have no common commit."""


class CloneShallow(WrongUse):
    """A shallow clone lacks a commit that the gate needs."""


class TreeDirty(WrongUse):
    """The working tree has uncommitted changes to the files of a named ref."""


class NoRepository(WrongUse):
    """A ref is named, or a side is left out, outside any git repository."""


class RepositoryRefused(WrongUse):
    """Git finds a repository and refuses to read it, such as one of another user."""


class SubmoduleMissing(WrongUse):
    """A commit has a submodule whose files are not in this clone."""

    def __init__(self, path: Path, commit: str) -> None:
        super().__init__(
            f"the submodule {path} (commit {commit[:12]}) is not in this clone: run `git submodule update --init "
            "--recursive`, or give a wheel"
        )


class SidesUnrelated(WrongUse):
    """Base and head are two different distributions."""

    def __init__(self, base: str, head: str) -> None:
        super().__init__(f"base is {base} and head is {head}: a gate compares two versions of one distribution")


class NotInstallable(WrongUse):
    """The requested side does not exist, or does not build."""

    def __init__(self, side: str, asked: str, reason: str) -> None:
        super().__init__(f"{side} {asked!r} cannot be installed: {reason}")
        self.side = side


class InstalledOtherwise(WrongUse):
    """An installer succeeded, but the environment of a side lacks what was requested."""

    def __init__(self, side: str, asked: str, installer: str, lack: str) -> None:
        super().__init__(
            f"{side} {asked!r} was installed with {installer}, and in its environment {lack}: look in the "
            f"configuration of {installer} for options that change where or what it installs"
        )
        self.side = side


class NothingToTime(WrongUse):
    """A table describes one distribution, another is under test, and no target is named."""


class TargetUnusable(WrongUse):
    """A requested target cannot be timed here."""
