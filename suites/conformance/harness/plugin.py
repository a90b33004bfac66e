"""The pytest plugin of the conformance suite: starts a target, runs the tests on it, writes what it keeps."""

import os
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from taskgauge.backends.descriptors.reader import DescriptorError, TargetNotInstalled, TargetUnknown
from taskgauge.backends.descriptors.worker import PreparationFailed
from taskgauge.backends.services import ServiceError
from taskgauge.reports.run_folder.target_results import Outcome
from taskgauge.suites.conformance import environment_variables
from taskgauge.suites.conformance.harness.running_target import RunningTarget
from taskgauge.suites.conformance.harness.target_run import NOT_USABLE
from taskgauge.suites.conformance.harness.target_session import FLAGS, TargetRefusesItself, TargetSession
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable, WorksUndeclared
from taskgauge.suites.conformance.verdicts import FAILED, LEFT_OUT, PASSED, SUM, UNKNOWN, Heard, Judge
from taskgauge.suites.run_control.progress import Progress

NOT_STARTED = 71
"""Exit code of pytest where the target could not be started; read by the driver only."""

_BEFORE_THE_END = {"RES-01", "RES-02", "RES-06", "RES-09", "RES-15"}
"""Requirements that results can be looked up before their end; what else a test would look up then is left out."""

_session = pytest.StashKey[TargetSession]()
_progress = pytest.StashKey[Progress]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    group = parser.getgroup("taskgauge-conformance", "Taskgauge's conformance suite")
    add = group.addoption
    add("--target", metavar="NAME", help="what to check, such as django-tasks-db@sqlite, or a descriptor's file")
    add("--requirement", action="append", default=[], metavar="ID", help="only this requirement; repeatable")
    add("--results", type=Path, metavar="DIR", help="the run folder into which verdicts are written")


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marks, and look the target up."""
    config.stash[_progress] = Progress.from_environment()
    for line in (
        "requirement(*ids): the requirements a test checks",
        "refusal(flag, *ids): runs where the flag is False, and checks that the feature is refused",
        "probe(flag): runs where the flag is False, and passes if the feature works all the same",
        "question(*ids): records behaviour and judges nothing",
        "own_worker: starts workers of its own, so it runs after the tests that share one",
        "last(order=0): looks back at what all other tests did; among themselves these run in their order",
    ):
        config.addinivalue_line("markers", line)
    name = config.getoption("--target", None)
    if name is None:
        return
    # While tests are collected nothing may find settings other than the target's, which are yet to be written.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    results = config.getoption("--results")
    asked = frozenset(config.getoption("--requirement"))
    try:
        session = TargetSession(name, results.resolve() if results else None, asked)
    except (TargetUnknown, DescriptorError) as error:
        raise pytest.UsageError(str(error)) from error
    if unknown := asked - set(session.requirements):
        raise pytest.UsageError(f"there is no requirement {min(unknown)}: they are called ENQ-01 and the like")
    # Before the first test module asks for the framework.
    os.environ[environment_variables.FRAMEWORK] = session.target.descriptor.framework
    config.stash[_session] = session


def _ids(item: pytest.Item, mark: str = "requirement") -> tuple[str, ...]:
    return tuple(str(name) for one in item.iter_markers(mark) for name in one.args)


def _is_ours(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(mark) for mark in ("requirement", "refusal", "probe", "question"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what was asked for; run first what needs no worker, then what needs one, last what looks back at all."""
    ours = [item for item in items if _is_ours(item)]
    if _session not in config.stash:
        for item in ours:
            item.add_marker(pytest.mark.skip(reason="a target must be named: --target django-tasks-db@sqlite"))
        return
    session = config.stash[_session]
    session.narrowed = _is_narrowed(config)
    if session.asked:
        wanted = _wanted(session)
        kept = [item for item in ours if wanted & {*_ids(item), *_ids(item, "refusal"), *_ids(item, "probe")}]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    items.sort(key=_phase)
    config.stash[_progress].emit("collected", items=[item.nodeid for item in items])


def _wanted(session: TargetSession) -> frozenset[str]:
    """Return what a test names on which a verdict hangs that was asked for: a requirement, or a flag that gates it."""
    asked = set(session.asked)
    if SUM in asked:
        asked |= {one.id for one in session.requirements.values() if not set(FLAGS).isdisjoint(one.gates)}
    return frozenset(asked.union(*(session.requirements[name].gates for name in asked)))


def _is_narrowed(config: pytest.Config) -> bool:
    option = config.option
    return bool(option.keyword or option.markexpr or any("::" in one or one.endswith(".py") for one in config.args))


def _phase(item: pytest.Item) -> int:
    if last := item.get_closest_marker("last"):
        return 3 + int(next(iter(last.args), 0))
    names = getattr(item, "fixturenames", ())
    return 1 if "working" in names else 2 if item.get_closest_marker("own_worker") else 0


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Start the target; end the run with one line where that is not possible."""
    ours = session.config.stash.get(_session, None)
    if ours is None or session.config.option.collectonly:
        return
    try:
        ours.start(with_worker=any(map(_phase, session.items)))
    except pytest.exit.Exception:
        raise
    except (Exception, SystemExit) as error:  # whatever a backend raises on import is its own
        ours.fail(str(error) if isinstance(error, _KNOWN) else _one_line(error))
        code = NOT_USABLE if isinstance(error, DescriptorError) else NOT_STARTED
        pytest.exit(f"{ours.target.name} could not be started: {ours.reason}", returncode=code)


_KNOWN = (DescriptorError, TargetNotInstalled, TargetRefusesItself, ServiceError, PreparationFailed, Inconclusive)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what the target's flags and Django's version make meaningless."""
    ours = item.config.stash.get(_session, None)
    if ours is None or not _is_ours(item):
        return
    for mark in ("refusal", "probe"):
        for flag in _ids(item, mark)[:1]:
            if ours.flags[flag]:
                pytest.skip(f"{flag} is True")
    ids = [name for name in _ids(item) if name in ours.requirements]
    if ids:
        judge = Judge((), flags=ours.flags, django=ours.django, name=ours.target.name)
        reasons = [judge.why_not(ours.requirements[name]) for name in ids]
        if all(reasons):
            pytest.skip(reasons[0])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Say which test runs."""
    if _session not in item.config.stash:
        return (yield)
    progress = item.config.stash[_progress]
    progress.emit("started", item=item.nodeid)
    result = yield
    progress.emit("finished", item=item.nodeid)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hear what a test says; a failed SHOULD is no failure of the run, nor is what is known to fail."""
    report = yield
    ours = item.config.stash.get(_session, None)
    if ours is None or not _is_ours(item):
        return report
    heard = _hear(item, call, ours)
    if heard is None:
        return report
    ours.heard.append(heard)
    if heard.outcome in {FAILED, UNKNOWN}:
        _look_at_its_ground(item, ours, heard)
    musts = [name for name in heard.requirements + heard.refuses[1:] if _is_must(ours, name)]
    if heard.outcome in {UNKNOWN, LEFT_OUT} or (heard.outcome == FAILED and not musts):
        report.outcome = "skipped"
        word = "advisory, or known" if heard.outcome == FAILED else heard.outcome
        report.longrepr = (str(item.path), 0, f"{word}: {heard.reason}")
    return report


def _look_at_its_ground(item: pytest.Item, ours: TargetSession, heard: Heard) -> None:
    """End the run where it is no target's fault that a test failed: its store is gone, or full."""
    try:
        ours.check_ground()
    except ServiceError as error:
        ours.fail(f"{error} (seen in {heard.name}: {heard.reason})")
        item.session.shouldstop = ours.reason


def _is_must(ours: TargetSession, name: str) -> bool:
    today = datetime.now(UTC).date()
    known = {one.requirement for one in ours.target.descriptor.known_failures if today <= one.expires}
    return name in ours.requirements and name not in known and ours.requirements[name].level == "MUST"


def _hear(item: pytest.Item, call: pytest.CallInfo[None], ours: TargetSession) -> Heard | None:
    error = call.excinfo.value if call.excinfo else None
    if call.when != "call" and (error is None or call.when == "teardown"):
        return None
    outcome: Outcome = PASSED
    reason = ""
    if isinstance(error, NotApplicable | pytest.skip.Exception):
        outcome, reason = LEFT_OUT, str(error)
    elif ours.running and isinstance(error, ours.running.api.NotKeptYet) and not _BEFORE_THE_END & {*_ids(item)}:
        outcome, reason = LEFT_OUT, "no result can be looked up before its end, which RES-02 is about"
    elif isinstance(error, Inconclusive) or (error is not None and call.when == "setup"):
        outcome, reason = UNKNOWN, f"{error}" if isinstance(error, Inconclusive) else _one_line(error)
    elif error is not None:
        outcome, reason = FAILED, _one_line(error)
    refusal = _ids(item, "refusal")
    return Heard(
        name=f"{item.path.name}::{item.name}",
        outcome=outcome,
        seconds=round(call.duration, 3),
        requirements=_ids(item),
        refuses=refusal,
        probes=next(iter(_ids(item, "probe")), ""),
        undeclared=isinstance(error, WorksUndeclared),
        reason=reason,
        expected=error.expected if isinstance(error, Deviation) else "",
        seen=error.seen if isinstance(error, Deviation) else "",
        worker_tail=ours.running.tail() if outcome == FAILED and ours.running else "",
    )


def _one_line(error: BaseException | None) -> str:
    text = " ".join(str(error).split())[:600]
    if isinstance(error, AssertionError):
        return text or "an assertion failed"
    return f"{type(error).__name__}: {text}"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write what is known, whether the run came to its end or not."""
    ours = session.config.stash.get(_session, None)
    if ours is None or ours.state == "failed" or ours.running is None:
        return
    if session.shouldfail or session.shouldstop:
        ours.reason, ours.narrowed = str(session.shouldfail or session.shouldstop), True
    elif exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        ours.state, ours.reason = "finished", ""
    ours.write()
    if ours.passing_again():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the known failures that are none any more."""
    ours = config.stash.get(_session, None)
    for name in ours.passing_again() if ours is not None and ours.state == "finished" else ():
        terminalreporter.write_line(f"the known failure of {name} passes again; take it off the list", red=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End all that the target started."""
    ours = config.stash.get(_session, None)
    if ours is not None:
        ours.close()


@pytest.fixture
def target(request: pytest.FixtureRequest) -> Iterator[RunningTarget]:
    """The target under test; workers a test started itself are ended after it."""
    running = request.config.stash[_session].running
    assert running is not None  # noqa: S101 -- the loop started it
    yield running
    running.end_workers()


@pytest.fixture
def working(target: RunningTarget) -> RunningTarget:
    """The target with a worker that runs what is enqueued, or with its own threads and processes."""
    target.working()
    return target
