"""BCK-04, and probes of the features that a flag declares unsupported."""

import pytest

from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.marks import probe, requirement
from taskgauge.suites.conformance.outcomes import Deviation, NotApplicable, same
from taskgauge.suites.conformance.probes.deferred import probed
from taskgauge.suites.conformance.threads import in_a_thread

FLAGS = ("supports_defer", "supports_async_task", "supports_get_result", "supports_priority")
PROBE_TIMEOUT = 10.0
"""Seconds; a feature that takes longer counts as not working, as the flag says."""


@requirement("BCK-04")
@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_is_a_readable_boolean(target: TargetHarness, flag: str) -> None:
    """The flag is a bool; the tests of its section check its value."""
    same(f"type of {flag}", type(getattr(target.backend, flag, None)), bool)


def _declare(target: TargetHarness, monkeypatch: pytest.MonkeyPatch, flag: str) -> None:
    """Set the flag to True so that validation passes in this thread."""
    try:
        monkeypatch.setattr(target.backend, flag, True)
    except AttributeError as error:
        raise NotApplicable(f"the flag cannot be changed: {error}") from error


@probe("supports_defer")
def test_deferral_works_undeclared(working: TargetHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deferred task does not start before its time."""
    _declare(working, monkeypatch, "supports_defer")
    late = probed(working).lateness()
    if late < 0:
        raise Deviation("a deferred task", expected="not started before its time", seen=f"{-late:.3f} s early")


@probe("supports_async_task")
def test_coroutines_work_undeclared(working: TargetHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A coroutine task runs to its last line."""
    _declare(working, monkeypatch, "supports_async_task")
    run = working.submit(working.tasks("coroutines").echo, 1, invariants=False)
    same("what came", run.start(PROBE_TIMEOUT)["args"], ["int:1"])
    run.end(PROBE_TIMEOUT)


@probe("supports_get_result")
def test_results_are_found_undeclared(target: TargetHarness) -> None:
    """A result is found from a thread that did not enqueue, which the flag is documented to mean."""
    run = target.submit(target.tasks().note)
    same("the id found in another thread", str(in_a_thread(lambda: target.backend.get_result(run.id)).id), run.id)
