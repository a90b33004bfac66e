"""The pytest plugin of the conformance suite: starts a target, runs the tests on it, writes its verdicts."""

import os
import warnings
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from taskgauge.backends.descriptors.reader import DescriptorError, TargetNotInstalled, TargetUnknown
from taskgauge.backends.descriptors.worker import PreparationFailed
from taskgauge.backends.services import ClientMissing, ServiceError
from taskgauge.reports.judging.conformance.known_failures import is_excused
from taskgauge.reports.judging.conformance.requirement_verdicts import SUMMARY_OF_FLAGS, Judge, MarkedOutcome
from taskgauge.reports.run_folder.target_results import Outcome, TestOutcome
from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.harness.exclusion_check import TaskNotExcluded
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.harness.target_run import NOT_USABLE
from taskgauge.suites.conformance.harness.target_session import FLAGS, TargetRefusesItself, TargetSession
from taskgauge.suites.conformance.outcomes import Deviation, Hidden, Inconclusive, NotApplicable, WorksUndeclared
from taskgauge.suites.conformance.own_errors import place_of_own_error
from taskgauge.suites.conformance.pytest_checks import (
    CollectionCheck,
    check_order,
    check_plugins,
    check_settings,
    without_outcome,
)
from taskgauge.suites.conformance.run_order import RunOrder
from taskgauge.suites.pytest_plugin import base
from taskgauge.suites.pytest_plugin.base import add_option, name_of, progress_of

NOT_STARTED = 71
"""Exit code of pytest if the target could not be started; only the driver reads it."""

_BEFORE_THE_END = {"RES-01", "RES-02", "RES-06", "RES-09", "RES-15"}
"""Requirements on look-ups of unfinished results; other tests that need such a look-up are left out."""

_session = pytest.StashKey[TargetSession]()
_not_run = pytest.StashKey[str]()
"""The reason why a run gives no verdicts because tests were not run in this process."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the hooks that all option sets share."""
    base.load(pluginmanager)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    group = parser.getgroup("taskgauge-conformance", "Taskgauge's conformance suite")
    add = partial(add_option, parser, group)
    add("target", metavar="NAME", help="the target to check, such as django-tasks-db@sqlite, or a descriptor's file")
    add("requirement", action="append", default=[], metavar="ID", help="check only this requirement; repeatable")
    add("command", default="", metavar="COMMAND", help="the command that the verdicts print, without a requirement")
    add("results", type=Path, metavar="DIR", help="the run folder to write verdicts into")


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marks."""
    for line in (
        "requirement(*ids): the requirements that a test checks",
        "refusal(flag, *ids): runs if the flag is False, and checks that the feature is refused",
        "probe(flag): runs if the flag is False, and passes if the feature works all the same",
        "question(*ids): records behaviour and gives no verdict",
        "late(place): runs at this place of RunOrder, after tests that need no worker, or share one",
    ):
        config.addinivalue_line("markers", line)


def pytest_taskgauge_option_set(config: pytest.Config) -> object | None:
    """Look the target up if one is named."""
    name = config.getoption("taskgauge_target")
    if name is None:
        return None
    check_plugins(config)
    check_settings()
    config.pluginmanager.register(CollectionCheck(), "taskgauge-collection-check")
    # The target's settings are not written yet, and no other settings may be used while tests are collected.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    results = config.getoption("taskgauge_results")
    asked = frozenset(config.getoption("taskgauge_requirement"))
    try:
        command = config.getoption("taskgauge_command")
        session = TargetSession(name, results.resolve() if results else None, asked, datetime.now(UTC).date(), command)
    except (TargetUnknown, DescriptorError) as error:
        raise pytest.UsageError(str(error)) from error
    if unknown := asked - set(session.requirements):
        raise pytest.UsageError(f"there is no requirement {min(unknown)}: they are called ENQ-01 and the like")
    # Before the first test module asks for the framework.
    os.environ[environment_variables.FRAMEWORK] = session.target.descriptor.framework
    config.stash[_session] = session
    return session


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Take away pytest's log handlers.

    A record that cannot be formatted raises there, into the backend that logs it. Python's own handlers print it.
    """
    if _session in session.config.stash:
        plugin: Any = session.config.pluginmanager.unregister(name="logging-plugin")
        if plugin is not None:
            plugin.log_file_handler.close()


def _ids(item: pytest.Item, mark: str = "requirement") -> tuple[str, ...]:
    return tuple(str(name) for marker in item.iter_markers(mark) for name in marker.args)


def _is_ours(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(mark) for mark in ("requirement", "refusal", "probe", "question"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the selected tests and sort them by `RunOrder`."""
    ours = [item for item in items if _is_ours(item)]
    if _session not in config.stash:
        for item in ours:
            item.add_marker(pytest.mark.skip(reason="name a target: --target django-tasks-db@sqlite"))
        return
    session = config.stash[_session]
    session.narrowed = _is_narrowed(config)
    if session.asked:
        wanted = _wanted(session)
        kept = [item for item in ours if wanted & {*_ids(item), *_ids(item, "refusal"), *_ids(item, "probe")}]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    items.sort(key=_place)
    progress_of(config).emit("collected", items=[name_of(item) for item in items])


def _wanted(session: TargetSession) -> frozenset[str]:
    """Return the selected requirements and the flags that gate them; a test that names one of these is needed."""
    asked = set(session.asked)
    if SUMMARY_OF_FLAGS in asked:
        asked |= {row.id for row in session.requirements.values() if not set(FLAGS).isdisjoint(row.gates)}
    return frozenset(asked.union(*(session.requirements[name].gates for name in asked)))


def _is_narrowed(config: pytest.Config) -> bool:
    option = config.option
    return bool(option.keyword or option.markexpr or any("::" in word or word.endswith(".py") for word in config.args))


def _place(item: pytest.Item) -> RunOrder:
    if late := item.get_closest_marker("late"):
        return RunOrder(late.args[0])
    return RunOrder.SHARED_WORKER if "working" in getattr(item, "fixturenames", ()) else RunOrder.NO_WORKER


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that disturbs a task that the invariants would judge; let no warning of a backend fail a test."""
    ours = item.config.stash.get(_session, None)
    if ours is None or ours.running is None:
        return (yield)
    with warnings.catch_warnings(action="default"):
        if _place(item) >= RunOrder.INVARIANTS:
            return (yield)
        only_records = not (_ids(item) or _ids(item, "refusal"))
        with ours.running.exclusion_check.of_one_test(item.name, only_records=only_records):
            return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Start the target; end the run with one line if that is not possible."""
    ours = session.config.stash.get(_session, None)
    if ours is None or session.config.option.collectonly:
        return
    check_order(_place(item) for item in session.items if _is_ours(item))
    check_settings()
    try:
        ours.start(with_worker=any(map(_place, session.items)))
    except pytest.exit.Exception:
        raise
    except (Exception, SystemExit) as error:  # a backend may raise anything on import
        ours.fail(str(error) if isinstance(error, _KNOWN) else _one_line(error))
        code = NOT_USABLE if isinstance(error, DescriptorError | ClientMissing) else NOT_STARTED
        pytest.exit(f"{ours.target.name} could not be started: {ours.reason}", returncode=code)


_KNOWN = (DescriptorError, TargetNotInstalled, TargetRefusesItself, ServiceError, PreparationFailed, Inconclusive)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the tests that the target's flags or Django's version make meaningless."""
    ours = item.config.stash.get(_session, None)
    if ours is None or not _is_ours(item):
        return
    for mark in ("refusal", "probe"):
        for flag in _ids(item, mark)[:1]:
            if ours.flags[flag]:
                pytest.skip(f"{flag} is True")
    ids = [name for name in _ids(item) if name in ours.requirements]
    if ids:
        judge = Judge(name=ours.target.name, flags=ours.flags, django=ours.django)
        reasons = [judge.why_not(ours.requirements[name]) for name in ids]
        if all(reasons):
            pytest.skip(reasons[0])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep the outcome of a test; a failed SHOULD or a known failure does not fail the run."""
    report = yield
    ours = item.config.stash.get(_session, None)
    if ours is None or not _is_ours(item):
        return report
    marked = _outcome_of(item, call, ours)
    if marked is None:
        return report
    ours.outcomes.append(marked)
    failed = marked.outcome is Outcome.FAILED
    error = call.excinfo.value if call.excinfo else None
    if ours.running and isinstance(error, Deviation) and "WRK-01" not in marked.requirements:
        ours.running.submitted.missed |= error.missed
    if failed or marked.outcome is Outcome.UNKNOWN:
        _check_store(item, ours, marked.test)
    musts = [name for name in marked.requirements + marked.refuses[1:] if _is_must(ours, name)]
    is_own_fault = isinstance(error, TaskNotExcluded)
    if marked.outcome is not Outcome.PASSED and not (failed and (musts or is_own_fault)):
        report.outcome = "skipped"
        word = "advisory, or known" if failed else marked.outcome
        report.longrepr = (str(item.path), 0, f"{word}: {marked.test.reason}")
    return report


def _check_store(item: pytest.Item, ours: TargetSession, test: TestOutcome) -> None:
    """End the run if a test failed because the store is gone or full, which is not the target's fault."""
    try:
        ours.check_ground()
    except ServiceError as error:
        ours.fail(f"{error} (seen in {test.name}: {test.reason})")
        item.session.shouldstop = ours.reason


def _is_must(ours: TargetSession, name: str) -> bool:
    failures = ours.target.known_failures()
    excused = {known.requirement for known in failures if is_excused(known.expires, ours.day)}
    return name in ours.requirements and name not in excused and ours.requirements[name].level == "MUST"


def _outcome_of(item: pytest.Item, call: pytest.CallInfo[None], ours: TargetSession) -> MarkedOutcome | None:
    error = call.excinfo.value if call.excinfo else None
    if call.when != "call" and (error is None or call.when == "teardown"):
        return None
    outcome, reason = Outcome.PASSED, ""
    if isinstance(error, NotApplicable | pytest.skip.Exception):
        outcome, reason = Outcome.LEFT_OUT, str(error)
    elif ours.running and isinstance(error, ours.running.api.NotKeptYet) and not _BEFORE_THE_END & {*_ids(item)}:
        outcome, reason = Outcome.LEFT_OUT, "no result can be looked up before its end, which RES-02 is about"
    elif isinstance(error, Inconclusive) or (error is not None and call.when == "setup"):
        outcome, reason = Outcome.UNKNOWN, f"{error}" if isinstance(error, Inconclusive) else _one_line(error)
    elif isinstance(error, pytest.fail.Exception):
        outcome, reason = Outcome.UNKNOWN, f"pytest ended the test: {error}"  # as pytest-timeout does
    elif error is not None and (place := place_of_own_error(error)):
        outcome, reason = Outcome.UNKNOWN, f"the suite itself failed at {place}: {_one_line(error)}"
    elif error is not None:
        outcome, reason = Outcome.FAILED, _one_line(error)
    deviation = error if isinstance(error, Deviation) else None
    return MarkedOutcome(
        test=TestOutcome(
            name=f"{item.path.name}::{item.name}",
            outcome=outcome,
            seconds=round(call.duration, 3),
            reason=reason,
            expected=deviation.expected if deviation else "",
            seen=deviation.seen if deviation else "",
            worker_tail=_worker_tail(ours, deviation) if outcome is Outcome.FAILED else "",
        ),
        requirements=_ids(item),
        refuses=_ids(item, "refusal"),
        probes=next(iter(_ids(item, "probe")), ""),
        undeclared=isinstance(error, WorksUndeclared),
        hidden=isinstance(error, Hidden),
    )


def _worker_tail(ours: TargetSession, deviation: Deviation | None) -> str:
    """Return the end of the output of the worker of the task that failed, or of the last worker."""
    if ours.running is None:
        return ""
    return ours.running.workers.tail(None if deviation is None else deviation.about)


def _one_line(error: BaseException | None) -> str:
    text = " ".join(str(error).split())[:600]
    if isinstance(error, AssertionError):
        return text or "an assertion failed"
    return f"{type(error).__name__}: {text}"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write all outcomes, also those of a run that was cut short."""
    ours = session.config.stash.get(_session, None)
    if ours is None or ours.state == "failed" or ours.running is None:
        return
    if session.shouldfail or session.shouldstop:
        ours.reason, ours.narrowed = str(session.shouldfail or session.shouldstop), True
    elif exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        known = {marked.test.name for marked in ours.outcomes}
        if reason := without_outcome(filter(_is_ours, session.items), known):
            ours.fail(reason)
            session.config.stash[_not_run] = reason
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            return
        ours.state, ours.reason = "finished", ""
    ours.write()
    if ours.passing_again():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say that tests were not run here, and list the known failures that pass again."""
    ours = config.stash.get(_session, None)
    if reason := config.stash.get(_not_run, ""):
        terminalreporter.write_line(f"{ours and ours.target.name} is not judged: {reason}", red=True)
    if ours is not None and ours.running is not None:
        in_vain = sorted(ours.running.events.in_vain, reverse=True)
        longest = ", ".join(f"{seconds:.0f}" for seconds in in_vain[:5])
        terminalreporter.write_line(f"{len(in_vain)} waits in vain, {sum(in_vain):.0f} s; the longest: {longest} s")
    for name in ours.passing_again() if ours is not None and ours.state == "finished" else ():
        terminalreporter.write_line(f"the known failure of {name} passes again; take it off the list", red=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End all processes that the target started."""
    ours = config.stash.get(_session, None)
    if ours is not None:
        ours.close()


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Iterator[TargetHarness]:
    """The target under test; the workers that a test started are ended after it."""
    running = request.config.stash[_session].running
    assert running is not None  # noqa: S101 -- the loop started it
    yield running
    running.workers.end_added()


@pytest.fixture
def working(target: TargetHarness) -> TargetHarness:
    """The target with a worker that runs tasks, or with its own threads and processes."""
    target.workers.start()
    return target
