"""Fixtures for the tests of a cluster."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cluster_hosts import BIN, MARK, Network, Start, Started, ip, privilege_missing, temporary


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts `taskgauge` in a folder of this test."""
    pytest.importorskip("distributed")
    commands: list[Started] = []

    def begin(*arguments: object, prefix: Sequence[str] = (), **environment: str) -> Started:
        mark = f"{tmp_path}-{len(commands)}"
        process = subprocess.Popen(
            [*prefix, BIN / "taskgauge", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "TMPDIR": str(temporary(tmp_path)), "COLUMNS": "200", MARK: mark, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        commands.append(Started(process, mark))
        return commands[-1]

    yield begin
    for command in commands:
        if command.process.poll() is None:
            command.process.kill()
        for process in command.living():
            with contextlib.suppress(psutil.Error):
                process.kill()
        command.process.communicate()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """Yield a hub and the hosts `ash`, `birch` and `cedar` in four network namespaces joined by veth."""
    pytest.importorskip("distributed")
    if reason := privilege_missing():
        pytest.skip(f"network namespaces cannot be made here: {reason}")
    made = Network(prefix=f"tg{os.getpid()}-", hosts=("ash", "birch", "cedar"), folder=tmp_path)
    try:
        ip("netns", "add", f"{made.prefix}hub")
        ip("-n", f"{made.prefix}hub", "link", "set", "lo", "up")
        ip("-n", f"{made.prefix}hub", "addr", "add", f"{made.address}/32", "dev", "lo")
        for number, host in enumerate(made.hosts, 1):
            ip("netns", "add", f"{made.prefix}{host}")
            ip("-n", f"{made.prefix}{host}", "link", "set", "lo", "up")
            made.join(host, number)
        yield made
    finally:
        made.close()
