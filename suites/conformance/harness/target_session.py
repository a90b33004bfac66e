"""A target in its pytest process, from the start to the file of verdicts."""

import importlib.metadata
import os
import platform
import shlex
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from django.core.checks import ERROR
from packaging.requirements import Requirement as Distribution

from taskgauge.backends.descriptors.reader import Target, TargetNotInstalled, load_target, name_to_ask_for
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.backends.services import started
from taskgauge.backends.services.folders import check_room
from taskgauge.reports.judging.conformance.known_failures import KnownState, known_state
from taskgauge.reports.judging.conformance.requirement import Requirement
from taskgauge.reports.judging.conformance.requirement_verdicts import Judge, MarkedOutcome
from taskgauge.reports.run_folder.target_results import (
    Answer,
    Difference,
    Known,
    RequirementRow,
    State,
    TargetResults,
    write_target,
)
from taskgauge.reports.run_folder.verdict import Verdict
from taskgauge.suites.conformance.harness.target_harness import TargetHarness
from taskgauge.suites.conformance.project import write_project
from taskgauge.suites.conformance.questions import load_questions
from taskgauge.suites.conformance.requirements import check_known_failures, load_requirements

_LONGEST = 1000
"""The largest number of characters of a reason."""
FLAGS = ("supports_defer", "supports_async_task", "supports_get_result", "supports_priority")


class TargetRefusesItself(Exception):
    """The backend's own check reports an error for the target's configuration."""


class TargetSession:
    """A target from the start to the file of verdicts."""

    def __init__(self, name: str, results: Path | None, asked: frozenset[str], day: date, command: str = "") -> None:
        """Load the target without starting it; raise TargetUnknown or DescriptorError.

        `day` is the day of the run, and `command` the command that repeats the check of the target.
        """
        self.target: Target = load_target(name)
        self.command = command or shlex.join(["taskgauge", "conformance", name_to_ask_for(self.target)])
        check_known_failures(self.target.descriptor)
        self.day = day
        self.asked = asked
        """The selected requirements; empty for all."""
        self.narrowed = False
        """True if only a part of the tests of these requirements runs."""
        self.results = results
        self.requirements: dict[str, Requirement] = load_requirements()
        self.outcomes: list[MarkedOutcome] = []
        self.running: TargetHarness | None = None
        self.state: State = "partial"
        self.reason = "the run was not finished"
        self._begin = time.monotonic()
        self._stack = ExitStack()
        self.flags: dict[str, bool] = {}
        self.django: tuple[int, ...] = ()

    def start(self, *, with_worker: bool) -> TargetHarness:
        """Start services, write the project and set Django up with it.

        Raises the exception of the step that fails. With `with_worker`, it also checks that a worker starts.
        """
        if reason := self.target.missing():
            raise TargetNotInstalled(reason)
        folder = self._stack.enter_context(temporary_folder("taskgauge-conformance-"))
        folder.chmod(0o755)
        services = self._stack.enter_context(started(self.target.kinds, folder / "services"))
        project = write_project(self.target, folder / "project", services.placeholders)
        os.environ.update(project.environment)
        # The working directory is the project's folder, as for `manage.py`.
        self._stack.callback(os.chdir, Path.cwd())
        os.chdir(project.folder)
        sys.path.insert(0, str(project.folder))
        import django  # noqa: PLC0415 -- settings first

        django.setup()
        self.django = django.VERSION[:3]
        self.target.descriptor.load_backend()
        self._prepare(project.environment)
        log = (self.results or folder) / "log" / f"conformance-{self.target.name}"
        log.mkdir(parents=True, exist_ok=True)
        self.running = TargetHarness(self.target, project, services, log)
        self._stack.callback(self.running.workers.close)
        self._run_own_check()
        _prepare_rows()
        self.flags = {name: self.running.flag(name) for name in FLAGS}
        if with_worker and self.running.runs == "worker":
            self.running.start_first_worker()
        self.state, self.reason = "partial", "the run was not finished"
        return self.running

    def check_ground(self) -> None:
        """Raise ServiceError if a service has stopped or the disk is full."""
        assert self.running is not None  # noqa: S101 -- it was started
        self.running.services.check()
        check_room(self.running.project.folder)

    def fail(self, reason: str) -> None:
        """Write the target's file without verdicts, with a reason in one line."""
        self.state, self.reason = "failed", " ".join(reason.split())[:_LONGEST]
        self.write()

    def _prepare(self, environment: Any) -> None:
        from taskgauge.backends.descriptors.worker import prepare  # noqa: PLC0415

        prepare(self.target.descriptor, {**os.environ, **environment})

    def _run_own_check(self) -> None:
        """Raise if the backend's own check reports an error, as reference-process does on Django 6.0."""
        assert self.running is not None  # noqa: S101 -- made just before
        for message in self.running.backend.check():
            if message.is_serious(ERROR):
                raise TargetRefusesItself(f"its own system check says: {message.msg}")

    def close(self) -> None:
        """End workers and services, and delete the temporary folder."""
        self._stack.close()

    def write(self) -> None:
        """Write the target's file, if there is a results folder."""
        if self.results is not None:
            write_target(self.results, self.record())

    def record(self) -> TargetResults:
        """Return the content of the target's file."""
        descriptor = self.target.descriptor
        questions = load_questions()
        answers = [
            Answer(**answer, question=questions[answer["id"]].text)
            for answer in (self.running.recorder.answers if self.running else [])
        ]
        differences = self.running.recorder.round_trip if self.running else []
        return TargetResults(
            target=self.target.name,
            command=self.command,
            backend=descriptor.backend,
            framework=descriptor.framework,
            runs=descriptor.runs,
            state=self.state,
            reason=self.reason,
            seconds=round(time.monotonic() - self._begin, 1),
            versions=self._versions(),
            flags=self.flags,
            requirements=tuple(self._rows()),
            open_questions=tuple(answer for answer in answers if answer.id.startswith("OQ")),
            disagreements=tuple(answer for answer in answers if answer.id.startswith("DIS")),
            round_trip=tuple(Difference(**difference) for difference in differences),
            settings=self.running.project.source if self.running else "",
            log=f"log/conformance-{self.target.name}",
        )

    def _rows(self) -> list[RequirementRow]:
        if self.state == "failed":
            return []
        judge = Judge(
            name=self.target.name,
            flags=self.flags,
            django=self.django,
            outcomes=self.outcomes,
            command=f"{self.command} --requirement {{id}}",
        )
        return [
            replace(row, known=self._known(row))
            for row in judge.judge_all(self.requirements.values(), self.inherited())
            if (not self.asked or row.id in self.asked) and (not self.narrowed or row.tests)
        ]

    def _known(self, row: RequirementRow) -> Known | None:
        # A pass in a part of a run does not show that the requirement holds again: some tests need all tasks of a run.
        if (self.narrowed or self.asked) and row.verdict is Verdict.PASS:
            return None
        failures = {known.requirement: known for known in self.target.known_failures()}
        known = failures.get(row.id)
        return Known(reason=known.reason, link=known.link, expires=known.expires) if known else None

    def passing_again(self) -> list[str]:
        """Return the requirements that are known failures and hold now."""
        return [
            row.id
            for row in self._rows()
            if row.known and known_state(row.verdict, row.known.expires, self.day) is KnownState.PASSES_AGAIN
        ]

    def inherited(self) -> frozenset[str]:
        """Return the requirements that rest only on methods that the backend inherits unchanged."""
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
            row.id for row in self.requirements.values() if row.rests_on and not any(map(is_own, row.rests_on))
        )

    def _versions(self) -> dict[str, str]:
        names = ["django", "taskgauge", *(Distribution(line).name for line in self.target.descriptor.requirements)]
        versions = {"python": platform.python_version()}
        for name in names:
            try:
                versions[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                continue
        return versions


def _prepare_rows() -> None:
    """Make the table of the suite's own rows, unless the target's preparation has made it."""
    from django.core.management import call_command  # noqa: PLC0415 -- needs the settings
    from django.db import connection  # noqa: PLC0415

    if "taskgauge_event_log_row" not in connection.introspection.table_names():
        call_command("migrate", run_syncdb=True, verbosity=0)
