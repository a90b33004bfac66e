"""`--cluster tls://…` on loopback, with the certificate and the configuration of docs/cluster.md."""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from cluster_hosts import Start, verdicts, wait_for

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[3] / "docs/cluster.md"
COMMAND = ("conformance", "django-dummy", "--requirement", "ENQ-01", "--out")


LINES = re.findall(r"### TLS.*?```sh\n(.*?)^(dask .*?)^taskgauge ", PAGE.read_text(), re.DOTALL | re.MULTILINE)[0]
"""The lines that make the certificate and set variables, and those that start a scheduler and a worker."""


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    """Return the environment variables that the lines of the documents set."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    words = ["sh", "-ec", f"{{ {LINES[0]}}} >&2; env -0"]
    made = subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True)
    variables = dict(row.split("=", 1) for row in made.stdout.split("\0") if row)
    return {name: value for name, value in variables.items() if name.startswith("DASK_")}


@pytest.fixture
def address(secrets: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """Start a scheduler and a worker by the lines of the documents; return the address of the scheduler."""
    pytest.importorskip("distributed")
    known, log = tmp_path / "scheduler.json", tmp_path / "scheduler.txt"
    scheduler, worker = (shlex.split(line)[1:] for line in LINES[1].splitlines())
    with contextlib.ExitStack() as stack:

        def dask(words: list[str]) -> psutil.Process:
            output = stack.enter_context(log.open("ab"))
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-P", "-m", "dask", *words, "--host", "127.0.0.1"],
                    cwd=tmp_path,
                    env={**os.environ, **secrets, "DASK_TEMPORARY_DIRECTORY": str(tmp_path)},
                    stdout=output,
                    stderr=output,
                )
            )
            stack.callback(process.kill)
            return psutil.Process(process.pid)

        processes = [dask([*scheduler, "--port", "0", "--scheduler-file", str(known)])]
        wait_for(known.exists, 120)
        place = json.loads(known.read_text())["address"]
        processes.append(dask([place if "://" in word else word for word in worker]))
        wait_for(lambda: "Register worker" in log.read_text(), 120)
        # Neither the pages of the scheduler nor those of the worker are on another address.
        sockets = [socket for process in processes for socket in process.net_connections() if socket.status == "LISTEN"]
        assert {"127.0.0.1"} == {socket.laddr.ip for socket in sockets}
        yield place


def test_tls(start: Start, address: str, secrets: dict[str, str], tmp_path: Path) -> None:
    """A driver with the certificate runs its jobs; one with another certificate, or none, is refused in one line.

    The configuration does not keep `local:N` from working.
    """
    assert address.startswith("tls://")

    code, out, error = start(*COMMAND, "run", "--cluster", address, **secrets).end()
    assert 0 == code, out + error
    assert verdicts(tmp_path / "run", "django-dummy")
    assert 0 == start(*COMMAND, "local", "--cluster", "local:1", **secrets).end()[0]

    other = tmp_path / "other"
    other.mkdir()
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other"]
    subprocess.run([*words, "-keyout", "key.pem", "-out", "cert.pem"], cwd=other, check=True, capture_output=True)
    theirs = {name: value.replace(str(tmp_path), str(other)) for name, value in secrets.items()}
    unknown = f"no Dask scheduler answers at {address} (TLS certificate does not match"
    for environment, reason in (({}, f"{address} needs a certificate: set DASK_"), (theirs, unknown)):
        code, _, error = start(*COMMAND, "refused", "--cluster", address, **environment).end()
        assert 2 == code, error
        [line] = error.splitlines()
        assert line.startswith(f"taskgauge: {reason}")
    assert not (tmp_path / "refused").exists()
