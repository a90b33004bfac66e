"""Worker processes: whatever they do, they are seen, heard and ended."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from taskgauge.backends.descriptors.reader import read_descriptor
from taskgauge.backends.descriptors.worker import PreparationFailed, WorkerNotReady, WorkerProcess, prepare
from taskgauge.backends.processes import captured_output
from taskgauge.backends.processes.reaper import is_living

type Start = Callable[..., WorkerProcess]

SLEEP = "import time; time.sleep(60)"
# A grandchild that leaves session, group and parent, as daemons do.
DAEMON = f"""
import os, sys, time
if not os.fork():
    os.setsid()
    if not os.fork():
        os.write(1, b"daemon %d\\n" % os.getpid())
        {SLEEP}
    os._exit(0)
os.wait()
print("ready", flush=True)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start workers from a line of Python, which are ready when they say so."""
    workers: list[WorkerProcess] = []

    def begin(code: str, **changes: Any) -> WorkerProcess:
        worker = WorkerProcess(
            changes.pop("words", [sys.executable, "-c", code]),
            **{
                "ready": "ready",
                "environment": os.environ,
                "output": tmp_path / f"{len(workers)}.txt",
                "folder": tmp_path,
                **changes,
            },
        )
        workers.append(worker)
        return worker

    yield begin
    for worker in workers:
        worker.kill()


def test_start(start: Start, tmp_path: Path, until: Callable[..., None]) -> None:
    """A worker that is ready runs in a session of its own, in the folder and with the environment it was given."""
    code = f"import os; print(os.getcwd(), os.environ['SHOP'], os.getsid(0)); print('ready'); {SLEEP}"
    worker = start(code, environment={**os.environ, "SHOP": "open"})

    worker.wait_until_ready(20)

    assert worker.is_alive
    assert worker.tail() == f"{tmp_path} open {worker.pid}\nready"
    assert worker.tail(1) == "ready"
    until(lambda: (tmp_path / "0.txt").read_text() == f"{tmp_path} open {worker.pid}\nready\n")


def test_end(start: Start) -> None:
    """A worker that ends in order has its code, and is asked by a signal to itself alone."""
    worker = start("import signal; signal.signal(15, lambda *_: exit(7)); print('ready'); signal.pause()")
    worker.wait_until_ready(20)

    worker.signal(signal.SIGTERM)

    assert worker.wait(20) == 7
    assert not worker.is_alive


def test_dies_at_once(start: Start) -> None:
    """A worker that dies before it is ready is told with its code and its last words."""
    worker = start("print('no such queue'); print(); raise SystemExit(3)")

    with pytest.raises(WorkerNotReady, match=r"^the worker ended with code 3: no such queue$"):
        worker.wait_until_ready(20)


def test_silent(start: Start) -> None:
    """So is one that says nothing."""
    with pytest.raises(WorkerNotReady, match=r"^the worker ended with code -9: it said nothing$"):
        start("import os; os.kill(os.getpid(), 9)").wait_until_ready(20)


def test_never_ready(start: Start) -> None:
    """A worker that never says that it is ready is told with what it does say."""
    worker = start(f"print('read'); print('still reading'); {SLEEP}")

    with pytest.raises(WorkerNotReady, match=r"has not said 'ready' within 0\.5 s: "):
        worker.wait_until_ready(0.5)
    assert worker.is_alive


@pytest.mark.parametrize("words", [["no-such-command"], ["/"]])
def test_cannot_be_run(start: Start, words: list[str]) -> None:
    """A command that cannot be run at all is said as such."""
    with pytest.raises(WorkerNotReady, match=f"^{words[0]} cannot be run: "):
        start("", words=words)


def test_ready_in_two_parts(start: Start) -> None:
    """The text may come in pieces."""
    code = f"import sys, time; sys.stdout.write('rea'); time.sleep(0.2); sys.stdout.write('dy'); {SLEEP}"

    start(code).wait_until_ready(20)


def test_ready_and_gone(start: Start) -> None:
    """A worker that was ready and has ended since was ready."""
    worker = start("print('ready')")
    worker.wait(20)

    worker.wait_until_ready(20)


def test_ignores_sigterm(start: Start) -> None:
    """A worker that does not end when asked is killed."""
    worker = start("import signal, time; signal.signal(15, signal.SIG_IGN); print('ready'); time.sleep(60)")
    worker.wait_until_ready(20)
    worker.signal(signal.SIGTERM)
    assert worker.wait(0.3) is None

    worker.kill()

    assert worker.wait(0) == -signal.SIGKILL


def daemon(worker: WorkerProcess) -> psutil.Process:
    """Return the process that said that it is a daemon."""
    deadline = time.monotonic() + 20
    while "daemon " not in worker.tail():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return psutil.Process(int(worker.tail().split("daemon ")[1].split()[0]))


def test_children(start: Start) -> None:
    """What a worker starts is found and killed with it, a daemon that left it as well."""
    worker = start(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{SLEEP}'])\n{DAEMON}\n{SLEEP}")
    worker.wait_until_ready(20)
    left = daemon(worker)

    children = worker.children()
    worker.kill()

    assert left in children
    assert len(children) == 2
    assert not any(is_living(child) for child in children)


def test_leaves_children(start: Start) -> None:
    """What a worker leaves behind when it ends holds nothing up, and is killed afterwards."""
    worker = start(DAEMON)
    assert worker.wait(20) == 0
    left = daemon(worker)

    assert is_living(left)

    worker.kill()

    assert not is_living(left)


def test_flood(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a flood, the file keeps the beginning and the end, and memory the end only."""
    monkeypatch.setattr(captured_output, "CAP", 2**20)
    worker = start("print('first')\nfor n in range(300_000): print('x' * 60)\nprint('ready'); print('last')")

    worker.wait_until_ready(60)
    worker.wait(20)
    worker.kill()

    text = (tmp_path / "0.txt").read_text()
    assert len(text) < 2**20 + 100_000
    assert text.startswith("first\nxxx")
    assert "[Taskgauge leaves out 17" in text
    assert text.endswith("x\nready\nlast\n")
    assert worker.tail(1) == "last"


def test_kill_twice(start: Start) -> None:
    """To kill what is dead does no harm."""
    worker = start(SLEEP)

    worker.kill()
    worker.kill()
    worker.signal(signal.SIGTERM)

    assert worker.wait(0) == -signal.SIGKILL


def preparing(folder: Path, command: str) -> None:
    """Prepare a store by a command."""
    (folder / "backend.toml").write_text(f'backend = "x"\nruns = "inside"\n[[prepare]]\ncommand = {command}\n')
    (folder / "settings.py").write_text("TASKS = {}")
    prepare(read_descriptor(folder), {**os.environ, "SHOP": "open"})


def test_prepare(tmp_path: Path) -> None:
    """A command that prepares a store has the environment of the target."""
    code = f"import os; open('{tmp_path}/made', 'w').write(os.environ['SHOP'])"

    preparing(tmp_path, f'["{{python}}", "-c", "{code}"]')

    assert (tmp_path / "made").read_text() == "open"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("""["{python}", "-c", "raise SystemExit('disk full')"]""", "ended with code 1: disk full"),
        ('["no-such-command"]', "no-such-command cannot be run: No such file or directory"),
        ('["sh", "-c", "echo waiting; sleep 60 & sleep 60"]', "did not finish within 0.5 s: waiting"),
    ],
)
def test_cannot_prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, words: str) -> None:
    """One that fails, or does not end, is said with its last words."""
    monkeypatch.setattr("taskgauge.backends.descriptors.worker.PREPARATION", 0.5 if "sleep" in command else 60)

    with pytest.raises(PreparationFailed, match=words):
        preparing(tmp_path, command)
