"""What can be wrong with the two sides; each text is one line that says what to do next."""

from pathlib import Path

from taskgauge.backends.errors import WrongUse


class SideUnknown(WrongUse):
    """A side is neither a requirement, nor a wheel, a folder or a ref."""


class RefUnknown(WrongUse):
    """The repository has no such ref."""


class NoMergeBase(WrongUse):
    """Base was not named, and there is no commit that both branches come from."""


class CloneShallow(WrongUse):
    """What is needed lies beyond the end of a shallow clone."""


class TreeDirty(WrongUse):
    """A ref was named whose files are changed, and not committed, in the working tree."""


class NoRepository(WrongUse):
    """A ref was named, or a side left out, outside any git repository."""


class RepositoryRefused(WrongUse):
    """git finds a repository and refuses to read it, such as one of another user."""


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
        super().__init__(f"base is {base} and head is {head}: a gate compares two versions of one thing")


class NotInstallable(WrongUse):
    """What is asked for does not exist, or does not build."""

    def __init__(self, side: str, asked: str, reason: str) -> None:
        super().__init__(f"{side} {asked!r} cannot be installed: {reason}")
        self.side = side


class InstalledOtherwise(WrongUse):
    """An installer ended well, and the environment of a side does not hold what was asked for."""

    def __init__(self, side: str, asked: str, installer: str, lack: str) -> None:
        super().__init__(
            f"{side} {asked!r} was installed with {installer}, and in its environment {lack}: look in the "
            f"configuration of {installer} for what changes where or what it installs"
        )
        self.side = side


class NothingToTime(WrongUse):
    """A table describes one distribution, another is under test, and no target is named."""


class TargetUnusable(WrongUse):
    """A target that was asked for cannot be timed here."""
