"""Runs pytest-benchmark on a target in a fresh process; its file goes into the run folder."""

from collections.abc import Callable, Mapping
from pathlib import Path

from taskgauge.backends.descriptors.errors import DescriptorError
from taskgauge.backends.descriptors.reader import load_target
from taskgauge.backends.descriptors.worker import PreparationFailed as StoreNotPrepared
from taskgauge.backends.processes.captured_output import CapturedOutput
from taskgauge.backends.processes.error_line import explaining_line
from taskgauge.backends.processes.supervised_process import SupervisedProcess
from taskgauge.backends.services import ServiceError
from taskgauge.suites.run_control.pytest_process import INI
from taskgauge.suites.sessions.errors import ProducerFailed, SessionError, session_error
from taskgauge.suites.sessions.session import SessionPlan
from taskgauge.suites.sessions.target_set_up import set_up
from taskgauge.suites.sessions.timed_environment import FLOOR, TARGET

MODULE = "taskgauge.suites.sessions.enqueueing.timed_calls"
SECONDS = 1.0
"""The seconds of rounds of each function."""
_ROUNDS = 20
"""The rounds of each function, at least."""
_LIMIT = 120.0
"""The seconds that the process may take."""


def benchmark_file(folder: Path, part: str, target: str, repetition: int) -> Path:
    """Return the path of a target's file of pytest-benchmark in a run folder."""
    return folder / part / f"{repetition:04d}-{target}.json"


def run_benchmark(plan: SessionPlan, run_folder: Path, is_alive: Callable[[], object] = lambda: None) -> Path:
    """Time enqueue() and aenqueue() of the plan's target, and return the file; raise SessionError."""
    target = load_target(plan.target, plan.catalog)
    file = benchmark_file(run_folder, plan.part, target.name, plan.repetition)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with set_up(target, plan.python) as made:
            log = made.folder / "pytest.txt"
            process = SupervisedProcess(
                [*_words(plan.python), f"--rootdir={made.folder}", f"--benchmark-json={file}", "--pyargs", MODULE],
                environment={
                    **_without_pytest(made.project.environment),
                    TARGET: target.name,
                    FLOOR: target.descriptor.backend if plan.is_floor else "",
                },
                folder=made.project.folder,
                output=CapturedOutput(log),
            )
            with process:
                _await(process, is_alive)
                if process.wait(0) != 0:
                    made.services.check()
                    raise ProducerFailed(f"pytest-benchmark ended with {process.wait(0)}: {explaining_line(log)}")
    except SessionError:
        raise
    except (ServiceError, DescriptorError, StoreNotPrepared) as failure:
        raise session_error(failure) from failure
    return file


def _words(python: str) -> list[str]:
    plugins = ["-p", "pytest_benchmark.plugin", "-p", "no:cacheprovider"]
    rounds = [f"--benchmark-max-time={SECONDS}", f"--benchmark-min-rounds={_ROUNDS}", "--benchmark-disable-gc"]
    return [python, "-P", "-m", "pytest", "-c", str(INI), "-q", *plugins, *rounds]


def _without_pytest(environment: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _await(process: SupervisedProcess, is_alive: Callable[[], object]) -> None:
    for _ in range(round(_LIMIT)):
        if process.wait(1.0) is not None:
            return
        is_alive()
    raise ProducerFailed(f"pytest-benchmark has not ended within {_LIMIT:g} s")
