"""Runs the user's git on a folder: git reads that folder's repository and changes nothing in it."""

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
"""The variables of git about its program, its configuration and its connections, but not about a repository."""
_NOT_A_REPOSITORY = "not a git repository"


class GitFailed(WrongUse):
    """git failed; the text is git's reason in one line."""

    @property
    def finds_no_repository(self) -> bool:
        """True if git failed because there is no repository."""
        return _NOT_A_REPOSITORY in str(self)


def without_repository(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the variables that point git at a repository, an index or a configuration.

    git sets such variables for its hooks. A git process that inherits them works on the repository that they name,
    not on the repository of the given folder. `git rev-parse --local-env-vars` lists them.
    """
    return {name: value for name, value in environment.items() if not name.startswith("GIT_") or name in _PASSED_ON}


def git(folder: Path, *arguments: str) -> str:
    """Return the output of git without surrounding space. Raises GitFailed.

    No hook runs. git asks no questions and does not refresh the index.
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


def _reason(output: str) -> str:
    """Return git's reason, with the command that git advises."""
    advice = [" ".join(line.split()) for line in output.splitlines() if line.strip().startswith("git config")]
    return f"{explaining_line(output)} (git advises: {advice[0]})" if advice else explaining_line(output)
