"""The user who runs a server that refuses to run as root, or as a user id without a name."""

import os
import subprocess
from pathlib import Path

_CANDIDATES = ("postgres", "nobody")
_TIMEOUT = 30


def unprivileged_user() -> str | None:
    """Return the user who runs the server instead of root; None if this process is not root, or no user fits."""
    if os.geteuid() != 0:
        return None
    return next((name for name in _CANDIDATES if _is_user(name)), None)


def without_user() -> str | None:
    """Return the reason why neither this process's user nor another user can run the server, or None."""
    import pwd  # noqa: PLC0415 -- POSIX only

    number = os.geteuid()
    if number == 0:
        if unprivileged_user() is not None:
            return None
        return f"initdb refuses root, and there is no user {' or '.join(_CANDIDATES)} to run it instead"
    try:
        pwd.getpwuid(number)
    except KeyError:
        return f"initdb refuses a user id without a name ({number} is not in the passwd database)"
    return None


def without_right(program: Path, user: str | None) -> str | None:
    """Return the reason why a user cannot run a program, or None; `user` None means this process's user."""
    try:
        if user is None:
            return None if os.access(program, os.X_OK) else f"{program} cannot be run by this user"
        subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user,
            extra_groups=[],
            timeout=_TIMEOUT,
            check=False,
            cwd="/",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or error
        return f"{program} cannot be run as the user {user}: {reason}"
    return None


def _is_user(name: str) -> bool:
    import pwd  # noqa: PLC0415 -- POSIX only

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
