"""The driver's pieces that are pure: memory, expectation, clock, progress, text."""

import signal
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgauge.backends.processes.interruption import Interrupted
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.suites.cli.bench import ending
from taskgauge.suites.cli.bench_run import BenchOutcome
from taskgauge.suites.run_control.clock import Clock
from taskgauge.suites.run_control.display import duration
from taskgauge.suites.run_control.errors import OperationUnknown
from taskgauge.suites.run_control.exit_codes import ExitCode
from taskgauge.suites.run_control.memory import MemoryRefused, Need, available_bytes
from taskgauge.suites.run_control.progress import Listener, Progress


def test_exit_codes() -> None:
    """The codes are a promise to whoever calls the command."""
    assert [0, 1, 2, 3, 4, 5, 130, 143] == [int(code) for code in ExitCode]


@given(st.integers(0, 10**9), st.floats(1, 10**5), st.integers(1, 10**8), st.integers(10**6, 10**10))
def test_what_is_said_to_fit_does(fixed: int, each: float, tasks: int, limit: int) -> None:
    """A refusal names a number of tasks that is not refused."""
    need = Need(fixed_bytes=fixed, bytes_per_task=each, tasks=tasks)
    if need.total <= available_bytes(limit):
        need.check(limit)
        return
    with pytest.raises(MemoryRefused) as refused:
        need.check(limit)
    fits = refused.value.fits
    assert fits < tasks
    if fits:
        replace(need, tasks=fits).check(limit)


def test_limit_bounds_what_is_available() -> None:
    """A limit only ever lowers what the machine has."""
    assert (1000, True) == (available_bytes(1000), available_bytes(10**18) < 10**18)


def test_progress_arrives_whole(tmp_path: Path) -> None:
    """The listener returns each event once, and a half-written line only when it is whole."""
    path = tmp_path / "progress.jsonl"
    listener = Listener(path)
    assert [] == list(listener.news())

    Progress(path, item="a").step(1, 2, "one")
    with path.open("a") as file:
        file.write('{"event": "fin')
    first = [event["event"] for event in listener.news()]
    with path.open("a") as file:
        file.write('ished"}\n')

    assert (["step"], ["finished"]) == (first, [event["event"] for event in listener.news()])


def test_the_clock_follows_the_machine() -> None:
    """On a machine half as fast as predicted, the rest takes about twice as long."""
    clock = Clock(predicted=2000)
    clock.finish(predicted=1000, took=2000)

    assert clock.share() == 0.5
    assert 1900 < clock.left() <= 2000


def test_the_clock_counts_the_running_item() -> None:
    """What is over of the running item counts."""
    assert 50 == Clock(predicted=100).left(running=50)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1 s"), (1.4, "1 s"), (89, "89 s"), (90, "2 min"), (1800, "30 min"), (7260, "2 h 01 min")]
)
def test_durations_as_people_read_them(seconds: float, text: str) -> None:
    """Seconds, then minutes, then hours."""
    assert text == duration(seconds)


def test_a_operation_that_is_not_there() -> None:
    """The near one is suggested; without one, all are listed."""
    assert "did you mean create" in str(OperationUnknown("craete", ["create", "copy"]))
    assert "there are copy, create" in str(OperationUnknown("zzz", ["create", "copy"]))


@pytest.mark.parametrize(
    ("states", "faults", "strict", "code"),
    [
        ("finished finished", (), False, ExitCode.HELD),
        ("finished finished", (), True, ExitCode.HELD),
        ("finished finished", ("today lost 3 tasks",), False, ExitCode.BROKEN),
        ("finished failed", ("today lost 3 tasks",), False, ExitCode.BROKEN),
        ("finished refused", (), False, ExitCode.HELD),
        ("finished refused", (), True, ExitCode.INCONCLUSIVE),
        ("finished failed", (), True, ExitCode.HARNESS_FAILED),
        ("refused failed", (), False, ExitCode.HARNESS_FAILED),
        ("refused refused", (), False, ExitCode.NOTHING_MEASURED),
    ],
)
def test_endings(states: str, faults: tuple[str, ...], strict: bool, code: ExitCode) -> None:
    """How the parts ended decides the exit code, and every code but 0 has its line."""
    parts = tuple(
        PartRecord(name=f"part {number}", predicted_seconds=1, state=state, reason="why" * (state == "refused"))
        for number, state in enumerate(states.split())
    )
    line, found = ending(BenchOutcome(folder=Path(), parts=parts), faults, strict=strict)

    assert (code, code == ExitCode.HELD and "refused" not in states) == (found, line == "")


def test_interruption_outranks_all() -> None:
    """Whatever else happened, an interrupted run ends as interrupted."""
    failed = PartRecord(name="time", predicted_seconds=1, state="failed")
    outcome = BenchOutcome(folder=Path(), parts=(failed,), interrupted=Interrupted(signal.SIGTERM))

    assert ending(outcome, ["lost"], strict=True)[1] == ExitCode.TERMINATED
