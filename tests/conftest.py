"""What all tests stand on."""

import signal
from collections.abc import Callable

import pytest
from hypothesis import settings

from taskgauge.suites.cli.bench_options import BenchOptions
from taskgauge.suites.cli.main import bench

settings.register_profile("taskgauge", deadline=None)  # a machine that is busy is no failure
settings.load_profile("taskgauge")


def pytest_configure() -> None:
    """Undo what a shell's background or `nohup` hands down: processes that tests interrupt must hear of it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def bench_options() -> Callable[..., BenchOptions]:
    """Return a function that reads the words of `taskgauge bench` as the command line does."""

    def read(*words: str) -> BenchOptions:
        params = bench.make_context("bench", [*words], resilient_parsing=True).params
        of_clusters = {"cluster", "producing_hosts", "working_hosts"}
        return BenchOptions(command=[], **{name: params[name] for name in params.keys() - of_clusters})

    return read
