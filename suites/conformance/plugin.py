"""The pytest plugin of the conformance suite: starts a target, runs the tests on it, writes what it keeps."""

import importlib.metadata
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from taskgauge.backends.descriptor import (
    DescriptorError,
    Target,
    TargetNotInstalled,
    TargetUnknown,
    load_target,
)
from taskgauge.backends.services import ServiceError, started
from taskgauge.suites.bench.progress import Progress
from taskgauge.suites.conformance.outcomes import Deviation, Inconclusive, NotApplicable, WorksUndeclared
from taskgauge.suites.conformance.project import write_project
from taskgauge.suites.conformance.questions import load_questions
from taskgauge.suites.conformance.requirements import Requirement, load_requirements
from taskgauge.suites.conformance.running import RunningTarget
from taskgauge.suites.conformance.verdicts import FAILED, LEFT_OUT, PASSED, UNKNOWN, Heard, Judge, as_rows

__all__ = [
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "pytest_runtestloop",
    "pytest_sessionfinish",
    "pytest_unconfigure",
    "target",
    "working",
]

FORMAT = 1
FLAGS = ("supports_defer", "supports_async_task", "supports_get_result", "supports_priority")
NOT_STARTED = 71
"""Exit code of pytest where the target could not be started; read by the driver only."""

_session = pytest.StashKey["TargetSession"]()
_progress = pytest.StashKey[Progress]()


class TargetSession:
    """A target from its start to its file of verdicts."""

    def __init__(self, name: str, results: Path | None) -> None:
        """Start nothing yet; raise TargetUnknown or DescriptorError."""
        self.target: Target = load_target(name)
        self.results = results
        self.requirements: dict[str, Requirement] = load_requirements()
        self.heard: list[Heard] = []
        self.running: RunningTarget | None = None
        self.state, self.reason = "partial", "the run was not finished"
        self._begin = time.monotonic()
        self._stack = ExitStack()
        self.flags: dict[str, bool] = {}
        self.django: tuple[int, ...] = ()

    @property
    def command(self) -> str:
        """The command that repeats one row."""
        return f"taskgauge conformance {self.target.name} --requirement {{id}}"

    def start(self) -> RunningTarget:
        """Start services, write the project, set Django up with it; raise what stands in the way."""
        descriptor = self.target.descriptor
        if reason := descriptor.missing():
            raise TargetNotInstalled(f"{self.target.name}: {reason}")
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="taskgauge-conformance-")))
        folder.chmod(0o755)
        kinds = [self.target.store] if self.target.store not in {None, "sqlite"} else []
        services = self._stack.enter_context(started(kinds, folder / "services"))
        project = write_project(self.target, folder / "project", services.placeholders, services.environment)
        os.environ.update(project.environment)
        # Where pytest stands is where the project is, as `manage.py` would be.
        self._stack.callback(os.chdir, Path.cwd())
        os.chdir(project.folder)
        sys.path.insert(0, str(project.folder))
        import django  # noqa: PLC0415 -- settings first

        django.setup()
        self.django = django.VERSION[:3]
        self._prepare(project.environment)
        log = (self.results or folder) / "log" / f"conformance-{self.target.name}"
        log.mkdir(parents=True, exist_ok=True)
        self.running = RunningTarget(self.target, project, services, log)
        self._stack.callback(self.running.close)
        self.running.prepare_rows()
        self.flags = {name: self.running.flag(name) for name in FLAGS}
        self.state, self.reason = "partial", "the run was not finished"
        return self.running

    def _prepare(self, environment: Any) -> None:
        from taskgauge.backends.worker import prepare  # noqa: PLC0415

        prepare(self.target.descriptor, {**os.environ, **environment})

    def close(self) -> None:
        """End workers and services; leave nothing."""
        self._stack.close()

    def write(self) -> None:
        """Write the target's file, if there is a place for it."""
        if self.results is None:
            return
        folder = self.results / "conformance"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.target.name}.json"
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(self.document(), indent=1) + "\n", encoding="utf-8")
        unfinished.replace(path)

    def document(self) -> dict[str, Any]:
        """Return all that is known of the target, as its file has it."""
        descriptor = self.target.descriptor
        judge = Judge(self.heard, flags=self.flags, django=self.django, name=self.target.name)
        verdicts = judge.judge_all(self.requirements, self.inherited()) if self.state != "failed" else []
        questions = load_questions()
        told = [
            {**one, "question": questions[one["id"]].text} for one in (self.running.answers if self.running else [])
        ]
        return {
            "format": FORMAT,
            "target": self.target.name,
            "backend": descriptor.backend,
            "framework": descriptor.framework,
            "runs": descriptor.runs,
            "state": self.state,
            "reason": self.reason,
            "seconds": round(time.monotonic() - self._begin, 1),
            "versions": self._versions(),
            "flags": self.flags,
            "requirements": as_rows(verdicts, self.django, self.command),
            "open_questions": [one for one in told if one["id"].startswith("OQ")],
            "disagreements": [one for one in told if one["id"].startswith("DIS")],
            "round_trip": self.running.round_trip if self.running else [],
            "settings": self.running.project.source if self.running else "",
            "log": f"log/conformance-{self.target.name}",
        }

    def inherited(self) -> frozenset[str]:
        """Return the requirements that rest on what the backend takes unchanged from the base classes."""
        if self.running is None:
            return frozenset()
        backend, base = type(self.running.backend), self.running.api.base_backend
        if not issubclass(backend, base):
            return frozenset()
        task = backend.__dict__.get("task_class", base.task_class)

        def is_own(name: str) -> bool:
            if name == "task_class":
                return task is not base.task_class
            return getattr(backend, name, None) is not getattr(base, name, None)

        return frozenset(
            one.id for one in self.requirements.values() if one.rests_on and not any(map(is_own, one.rests_on))
        )

    def _versions(self) -> dict[str, str]:
        from packaging.requirements import Requirement as Distribution  # noqa: PLC0415

        names = ["django", "taskgauge", *(Distribution(line).name for line in self.target.descriptor.requirements)]
        versions = {"python": platform.python_version()}
        for name in names:
            try:
                versions[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                continue
        return versions


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    group = parser.getgroup("taskgauge-conformance", "Taskgauge's conformance suite")
    group.addoption("--target", metavar="NAME", help="the target to check, such as django-tasks-db@sqlite, or a descriptor's file")
    group.addoption("--requirement", action="append", default=[], metavar="ID", help="only this requirement; repeatable")
    group.addoption("--results", type=Path, metavar="DIR", help="the run folder into which verdicts are written")


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
    results = config.getoption("--results")
    try:
        config.stash[_session] = TargetSession(name, results.resolve() if results else None)
    except (TargetUnknown, DescriptorError) as error:
        raise pytest.UsageError(str(error)) from error
    unknown = set(config.getoption("--requirement")) - set(config.stash[_session].requirements)
    if unknown:
        raise pytest.UsageError(f"there is no requirement {sorted(unknown)[0]}")


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
    asked = set(config.getoption("--requirement"))
    if asked:
        kept = [item for item in ours if asked & {*_ids(item), *_ids(item, "refusal")}]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    items.sort(key=_phase)
    config.stash[_progress].emit("collected", items=[item.nodeid for item in items])


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
        ours.start()
    except pytest.exit.Exception:
        raise
    except Exception as error:  # whatever a backend raises on import is its own
        text = " ".join(str(error).split())
        ours.state, ours.reason = "failed", text if isinstance(error, _KNOWN) else f"{type(error).__name__}: {text}"
        ours.write()
        pytest.exit(f"{ours.target.name} could not be started: {ours.reason}", returncode=NOT_STARTED)


_KNOWN = (DescriptorError, TargetNotInstalled, ServiceError)


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
    progress = item.config.stash[_progress]
    progress.emit("started", item=item.nodeid)
    result = yield
    progress.emit("finished", item=item.nodeid)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hear what a test says; a failed SHOULD is no failure of the run."""
    report = yield
    ours = item.config.stash.get(_session, None)
    if ours is None or not _is_ours(item):
        return report
    heard = _hear(item, call, report, ours)
    if heard is None:
        return report
    ours.heard.append(heard)
    musts = [name for name in heard.requirements + heard.refuses[1:] if _is_must(ours, name)]
    if heard.outcome in {UNKNOWN, LEFT_OUT} or (heard.outcome == FAILED and not musts):
        report.outcome = "skipped"
        word = "advisory" if heard.outcome == FAILED else heard.outcome
        report.longrepr = (str(item.path), 0, f"{word}: {heard.reason}")
    return report


def _is_must(ours: TargetSession, name: str) -> bool:
    return name in ours.requirements and ours.requirements[name].level == "MUST"


def _hear(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, ours: TargetSession) -> Heard | None:
    error = call.excinfo.value if call.excinfo else None
    if call.when != "call" and (error is None or call.when == "teardown"):
        return None
    outcome, reason = PASSED, ""
    if isinstance(error, NotApplicable | pytest.skip.Exception):
        outcome, reason = LEFT_OUT, str(error)
    elif isinstance(error, Inconclusive) or (error is not None and call.when == "setup"):
        outcome, reason = UNKNOWN, f"{error}" if isinstance(error, Inconclusive) else _one_line(error)
    elif error is not None:
        outcome, reason = FAILED, _one_line(error)
    deviation = isinstance(error, Deviation)
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
        expected=error.expected if deviation else "",
        seen=error.seen if deviation else "",
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
    if exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        ours.state, ours.reason = "finished", ""
    ours.write()


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
