"""Runs the user's git on a folder, such that it reads that folder's repository and changes nothing in it."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.error_line import explaining_line

_PASSED_ON = (
    "GIT_ASKPASS",
    "GIT_CEILING_DIRECTORIES",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_NO_VERIFY",
)
"""The variables of git that say where its program, its configuration and a way to a server are, but no repository."""
_NOT_A_REPOSITORY = "not a git repository"


class GitFailed(WrongUse):
    """git refused; the text is its reason in one line."""

    @property
    def finds_no_repository(self) -> bool:
        """Whether the reason is that there is no repository."""
        return _NOT_A_REPOSITORY in str(self)


def without_repository(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the variables that point git at a repository, an index or a configuration.

    git sets such variables for its hooks. A git that inherits them works on the repository that they name, not on the
    one of the folder that it is given. `git rev-parse --local-env-vars` lists them.
    """
    return {name: value for name, value in environment.items() if not name.startswith("GIT_") or name in _PASSED_ON}


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints, without the space around it. Raises GitFailed.

    No hook runs, git asks nothing, and it does not refresh the index.
    """
    words = ["git", "-C", str(folder), "-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", *arguments]
    environment = without_repository(os.environ) | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            words, capture_output=True, encoding="utf-8", errors="surrogateescape", env=environment, check=False
        )
    except OSError as error:
        raise GitFailed(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        raise GitFailed(_reason(done.stderr.encode(errors="replace").decode()))
    return done.stdout.strip()


def _reason(said: str) -> str:
    """Return git's own reason, with the command that it advises."""
    advice = [" ".join(line.split()) for line in said.splitlines() if line.strip().startswith("git config")]
    return f"{explaining_line(said)} (git advises: {advice[0]})" if advice else explaining_line(said)
