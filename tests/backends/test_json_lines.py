"""Children that are asked in lines of JSON: answers, ends, silence."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from taskgauge.backends.processes.interruption import Interrupted, Interruption
from taskgauge.backends.processes.json_lines import ChildEnded, ChildSilent, JsonLinesProcess
from taskgauge.backends.processes.supervised_process import ProcessNotStarted

type Start = Callable[..., JsonLinesProcess]

CHILD = """
import os, sys, time
from taskgauge.backends.processes.json_lines_child import answer_requests

def act(request):
    if request == "crash":
        print("out of cheese", flush=True)
        os._exit(3)
    if request == "close":
        os.close(int(sys.argv[-1]))
    if request == "leave":
        if not os.fork():
            time.sleep(60)
        os._exit(4)
    time.sleep(request if isinstance(request, float) else 0)
    return request

answer_requests(lambda request: (print("noise", flush=True), act))
{at_the_end}
"""


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a child, which has answered its first request."""

    def begin(at_the_end: str = "", interruption: Interruption | None = None) -> JsonLinesProcess:
        process = JsonLinesProcess(
            [sys.executable, "-c", CHILD.replace("{at_the_end}", at_the_end)],
            environment=os.environ,
            folder=tmp_path,
            output=(tmp_path / "said.txt").open("a+b"),
            name="the child",
            interruption=interruption,
        )
        assert process.ask("begin", 60) is None
        return process

    return begin


def test_answers(start: Start, tmp_path: Path) -> None:
    """Each request has its answer, however long, and what the child prints lies elsewhere."""
    with start() as process:
        assert [process.ask(request, 60) for request in ("a\nb", ["\u00e9"], "x" * 10**6)] == [
            "a\nb",
            ["\u00e9"],
            "x" * 10**6,
        ]
        process.finish(60)

    assert (tmp_path / "said.txt").read_text() == "noise\n"


def test_crash(start: Start) -> None:
    """A child that ends is reported with its code and the line that explains it, however often it is asked."""
    with start() as process:
        for request in ("crash", "again"):
            with pytest.raises(ChildEnded, match=r"^the child ended with code 3: out of cheese$"):
                process.ask(request, 60)


def test_killed(start: Start) -> None:
    """A child that is killed is reported with the signal."""
    with start() as process:
        process.signal(signal.SIGSEGV)
        with pytest.raises(ChildEnded, match=r"^the child was killed by SIGSEGV: noise$"):
            process.ask("late", 60)


def test_pipe_is_held_open(start: Start) -> None:
    """The end of a child is noticed though a process that it left behind has its pipe."""
    with start() as process, pytest.raises(ChildEnded, match="ended with code 4"):
        process.ask("leave", 60)


def test_silence(start: Start) -> None:
    """A child that does not answer in time is given up."""
    with start() as process, pytest.raises(ChildSilent, match=r"^the child has not answered within 1 s$"):
        process.ask(60.0, 1)


def test_fails_in_its_end(start: Start) -> None:
    """A child that fails after its last answer is noticed by who waits for its end."""
    with start("raise SystemExit('not flushed')") as process, pytest.raises(ChildEnded, match="code 1: not flushed"):
        process.finish(60)
    with start("time.sleep(60)") as process, pytest.raises(ChildSilent):
        process.finish(0.2)


def test_interruption(start: Start) -> None:
    """Whoever waits for an answer hears that the run is to stop."""
    interruption = Interruption()
    with start(interruption=interruption) as process:
        interruption.received = signal.SIGTERM
        with pytest.raises(Interrupted):
            process.ask(60.0, 60)


def test_cannot_be_run(tmp_path: Path) -> None:
    """A command that cannot be run leaves no file open."""
    output = (tmp_path / "said.txt").open("a+b")

    with pytest.raises(ProcessNotStarted, match="no-such-command cannot be run"):
        JsonLinesProcess(["no-such-command"], environment=os.environ, folder=tmp_path, output=output)

    assert output.closed
