"""Hosts for the tests of a cluster: the command, its processes, and network namespaces joined by veth."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Any

import psutil

BIN = Path(sys.executable).parent
LINK = Path(__file__).with_name("delayed_link.py")
MARK = "TASKGAUGE_TEST_OF_CLUSTER"
LIMIT = 1500.0


def wait_for[T](look: Callable[[], T], limit: float = LIMIT) -> T:
    """Return the first value that is true; fail after `limit` seconds."""
    deadline = time.monotonic() + limit
    while not (value := look()):
        assert time.monotonic() < deadline, f"not within {limit:g} s"
        time.sleep(0.05)
    return value


@dataclass(slots=True)
class Started:
    """A command that runs, and all processes that it started on this machine."""

    process: subprocess.Popen[str]
    mark: str

    def end(self) -> tuple[int, str, str]:
        """Wait for the end; return the exit code and what it said."""
        out, error = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, out, error

    def living(self, *words: str) -> list[psutil.Process]:
        """Return the living processes of this command whose command lines hold these words, without itself."""
        living = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.pid == self.process.pid or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                line = " ".join(process.cmdline())
                if process.environ().get(MARK) == self.mark and all(re.search(word, line) for word in words):
                    living.append(process)
        return living


type Start = Callable[..., Started]


def temporary(folder: Path) -> Path:
    """Return the temporary folder of a test."""
    own = folder / "temporary"
    own.mkdir(exist_ok=True)
    return own


def left_in(folder: Path) -> list[str]:
    """Return what is left in a test's temporary folder, after the reapers had time to remove theirs."""
    with contextlib.suppress(AssertionError):
        wait_for(lambda: not any((folder / "temporary").iterdir()), 60)
    return [path.name for path in (folder / "temporary").iterdir()]


def verdicts(folder: Path, target: str) -> list[tuple[Any, ...]]:
    """Return the rows of a target without their times."""
    document = json.loads((folder / "conformance" / f"{target}.json").read_text())
    return [
        (
            *(row[key] for key in ("id", "verdict", "inherited", "reason", "command")),
            *((test["name"], test["outcome"]) for test in row["tests"]),
        )
        for row in document["requirements"]
    ]


@dataclass(slots=True)
class Network:
    """Network namespaces: `hub` and the hosts, each joined to the hub by a link, each with a name of its own."""

    prefix: str
    hosts: tuple[str, ...]
    folder: Path
    address: str = "10.231.0.1"
    """The address of the hub, which every host reaches."""
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def join(self, host: str, number: int) -> None:
        """Join a host to the hub by a veth pair."""
        hub, name = f"{self.prefix}hub", f"{self.prefix}{host}"
        ip("link", "add", f"h{number}", "netns", hub, "type", "veth", "peer", "name", "up0", "netns", name)
        self._connect(hub, name, number)

    def delay(self, seconds: float) -> None:
        """Put links in the place of the veth pairs that deliver each packet so many seconds later."""
        for number, host in enumerate(self.hosts, 1):
            hub, name, log = f"{self.prefix}hub", f"{self.prefix}{host}", self.folder / f"link-{host}.txt"
            ip("-n", name, "link", "del", "up0")
            words = [sys.executable, LINK, str(seconds), hub, f"h{number}", name, "up0"]
            with log.open("wb") as output:
                self._processes[f"link-{host}"] = subprocess.Popen(words, stdout=output, stderr=output)
            wait_for(lambda log=log: "ready" in log.read_text(), 60)
            self._connect(hub, name, number)

    def _connect(self, hub: str, name: str, number: int) -> None:
        for where, link, last in ((hub, f"h{number}", 1), (name, "up0", 2)):
            ip("-n", where, "addr", "add", f"10.231.{number}.{last}/24", "dev", link)
            ip("-n", where, "link", "set", link, "up")
        ip("-n", name, "route", "add", "default", "via", f"10.231.{number}.1")

    def inside(self, host: str) -> list[str]:
        """Return the words that run a command in a namespace."""
        return ["ip", "netns", "exec", f"{self.prefix}{host}"]

    def scheduler(self) -> str:
        """Start a scheduler on all addresses of the hub; return its address there."""
        known = self.folder / "scheduler.json"
        words = ["-P", "-m", "dask", "scheduler", "--port", "8786", "--scheduler-file", str(known), "--no-dashboard"]
        self._start("hub", "scheduler", [sys.executable, *words])
        wait_for(known.exists, 120)
        return f"tcp://{self.address}:8786"

    def worker(self, host: str, *, offset: int | None = None, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker with the name of its host, and with its monotonic clock `offset` seconds ahead."""
        home = self.folder / host
        home.mkdir()
        words = [sys.executable, "-P", "-m", "dask", "worker", f"tcp://{self.address}:8786", "--no-nanny"]
        words += ["--nthreads", "1", "--memory-limit", "0", "--no-dashboard", "--name", host]
        words += ["--local-directory", str(home)]
        clock = [] if offset is None else ["--time", "--monotonic", str(offset), "--boottime", str(offset), "--fork"]
        named = ["unshare", "--uts", *clock, "sh", "-c", f'hostname {host} && exec "$@"', "sh", *words]
        return self._start(host, host, named, home, **environment)

    def run(self, host: str, *words: object) -> None:
        """Start a command in a namespace, which ends with the test."""
        self._start(host, str(words[0]).rpartition("/")[2], [str(word) for word in words])

    def kill(self, name: str) -> None:
        """Kill a process of this network, and wait for its end."""
        self._processes[name].kill()
        self._processes[name].wait()

    def _start(
        self, host: str, name: str, words: list[str], home: Path | None = None, **environment: str
    ) -> subprocess.Popen[bytes]:
        own = temporary(self.folder)
        with (self.folder / f"{name}.txt").open("wb") as output:
            process = subprocess.Popen(
                [*self.inside(host), *words],
                cwd=home or self.folder,
                env={**os.environ, "TMPDIR": str(own), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._processes[name] = process
        return process

    def close(self) -> None:
        """End the processes of this network, and remove its namespaces."""
        for process in reversed(self._processes.values()):
            for member in tree(process.pid):
                with contextlib.suppress(psutil.Error):
                    member.send_signal(SIGKILL)
            process.wait()
        for host in ("hub", *self.hosts):
            subprocess.run(["ip", "netns", "del", f"{self.prefix}{host}"], check=False, capture_output=True)


def command_line(process: psutil.Process) -> str:
    """Return the command of a process; a process that has ended has none."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def is_over(process: psutil.Process) -> bool:
    """Return True if a process has ended, whether or not its parent has noticed."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and its descendants."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def privilege_missing() -> str:
    """Return the reason why namespaces cannot be made here; empty if they can."""
    if shutil.which("ip") is None or shutil.which("unshare") is None:
        return "ip or unshare is not installed"
    for words in (["ip", "netns", "add", "tg-try"], ["ip", "netns", "del", "tg-try"], ["unshare", "--uts", "true"]):
        tried = subprocess.run(words, capture_output=True, text=True, check=False)
        if tried.returncode:
            return f"{' '.join(words)}: {tried.stderr.strip()}"
    return ""


def ip(*words: str) -> None:
    """Run `ip`."""
    subprocess.run(["ip", *words], check=True, capture_output=True)
