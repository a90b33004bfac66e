"""PostgreSQL is said to be missing, with the reason, where nobody can run it, and what lists the targets says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from taskgauge.backends.services import unavailable
from taskgauge.backends.services.postgresql import PostgreSQL, _binaries
from taskgauge.backends.services.server_user import unprivileged_user, without_right, without_user

pytestmark = pytest.mark.services

_NAMELESS = 12345
# Everything is imported first: such a user may not be allowed to read the interpreter's folders.
_AS_NAMELESS = """
import encodings.ascii, getpass, json, os, pathlib, pwd, sys
import taskgauge.suites.cli.main, taskgauge.backends.services.starting
from taskgauge.backends.services import ServiceUnavailable, started, unavailable
from taskgauge.backends.environments.availability import target_rows
target_rows()
os.environ.pop("HOME", None)
os.setgroups([])
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
os.chdir("/")
rows = {row.target: row.missing for row in target_rows() if "postgresql" in row.target}
print(json.dumps([unavailable("postgresql"), [str(line) for line in rows.values()]]))
"""


@pytest.fixture(autouse=True)
def _needs_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := PostgreSQL.without_client():
        pytest.skip(reason)
    if _binaries() is None:
        pytest.skip("initdb and postgres are not installed")
    monkeypatch.delenv(PostgreSQL.variable, raising=False)


def _as_nameless() -> list[object]:
    import pwd  # noqa: PLC0415 -- POSIX only

    try:
        pwd.getpwuid(_NAMELESS)
    except KeyError:
        pass
    else:
        pytest.skip(f"{_NAMELESS} has a name here")
    done = subprocess.run(
        [sys.executable, "-c", _AS_NAMELESS, str(_NAMELESS)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be anyone else")
def test_id_without_a_name() -> None:
    """A user id that the passwd database does not know is said, as `initdb` would, before it is run."""
    reason, missing = _as_nameless()

    assert f"{_NAMELESS} is not in the passwd database" in str(reason)
    assert PostgreSQL.variable in str(reason)
    assert f"{_NAMELESS} is not in the passwd database" in str(missing)


def test_id_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is given needs no user here."""
    monkeypatch.setattr("os.geteuid", lambda: 2**30)
    assert "passwd database" in str(unavailable("postgresql"))

    monkeypatch.setenv(PostgreSQL.variable, "postgresql://someone@localhost/one")

    assert unavailable("postgresql") is None


def test_root_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root without a user who could run the server instead is said."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("taskgauge.backends.services.server_user._CANDIDATES", ("no-such-user", "nor-this-one"))

    assert without_user() == "initdb refuses root, and there is no user no-such-user or nor-this-one to run it instead"
    assert "no-such-user" in str(unavailable("postgresql"))


def test_program_that_cannot_be_run(tmp_path: Path) -> None:
    """A program that the server's user has no right to run is said."""
    program = tmp_path / "initdb"
    program.write_text("#!/bin/sh\n", encoding="utf-8")

    assert f"{program} cannot be run" in str(without_right(program, unprivileged_user()))
