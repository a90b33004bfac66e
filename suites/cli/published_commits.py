"""The commits that made published runs: each is in the history of HEAD, which differs from it in documents only."""

from collections.abc import Iterable
from pathlib import Path

from taskgauge.backends.processes.git import GitFailed, git

_MAY_DIFFER = ("reports/published", "README.md", "docs")
_NAMED = 5
"""The files that a line names at most."""


def commit_faults(folder: Path, commits: Iterable[str]) -> list[str]:
    """Return a line for each commit of which HEAD is no descendant, or from which it differs in more than documents."""
    try:
        root = Path(git(folder, "rev-parse", "--show-toplevel").strip())
    except GitFailed as error:
        return [f"{folder} is in no git repository, so that the commits of its runs cannot be checked: {error}"]
    return [line for commit in commits for line in _faults(root, commit)]


def _faults(root: Path, commit: str) -> list[str]:
    if commit.endswith("+"):
        return [f"A published run was made by {commit}: files differed from that commit; commit, and run again."]
    try:
        git(root, "merge-base", "--is-ancestor", commit, "HEAD")
    except GitFailed:
        return [f"A published run was made by {commit}, which is not in the history of HEAD; run again."]
    excluded = [f":(exclude){path}" for path in _MAY_DIFFER]
    names = git(root, "diff", "--name-only", "-z", commit, "HEAD", "--", ".", *excluded).split("\0")
    changed = sorted(filter(None, names))
    if not changed:
        return []
    named = ", ".join(changed[:_NAMED]) + (f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else "")
    files = f"{len(changed)} file{'' if len(changed) == 1 else 's'}"
    return [f"A published run was made by {commit}; HEAD differs in {files} besides results and documents: {named}."]
