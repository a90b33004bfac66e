"""The catalogue against the real packages, servers and workers, as far as they are on this machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django import VERSION

from taskgauge.backends.descriptors.fragments import NO_STORE
from taskgauge.backends.descriptors.reader import CATALOG, Target, load_targets
from taskgauge.backends.descriptors.worker import WorkerProcess, prepare
from taskgauge.backends.services import started, unavailable

RESULT_TYPES = "taskgauge.backends.reference.result_types:DjangoResultTypes"
SHOP = Path(__file__).with_name("shop")
TARGETS = {
    target.name: target for path in sorted(CATALOG.glob("*/backend.toml")) for target in load_targets(path.parent.name)
}
SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = []
{fragment}
INSTALLED_APPS = [*INSTALLED_APPS, "shop"]
"""

pytestmark = [pytest.mark.services, pytest.mark.parametrize("project", TARGETS, indirect=True)]


@dataclass(slots=True)
class Project:
    """A Django project on a target, with its services."""

    target: Target
    folder: Path
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What its processes need."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "one_alias",
            "PYTHONPATH": str(self.folder),
            "SHOP_FRAMEWORK": self.target.descriptor.framework,
            "SHOP_NOTES": str(self.notes),
        }

    @property
    def notes(self) -> Path:
        """What the tasks leave."""
        return self.folder / "notes.txt"

    def write(self, placeholders: dict[str, str]) -> None:
        """Write settings for one alias and for two."""
        shutil.copytree(SHOP, self.folder / "shop", ignore=shutil.ignore_patterns("__pycache__"))
        for module in self.target.descriptor.modules():
            shutil.copy(module, self.folder)
        values = {"result_types": RESULT_TYPES, "store": str(self.folder / "store"), **placeholders}
        one = SETTINGS.replace("{fragment}", self.target.settings_source(values))
        (self.folder / "one_alias.py").write_text(one)
        (self.folder / "two_aliases.py").write_text(f"{one}\n{self.target.two_aliases_source(values)}")
        self.notes.touch()

    def start(self, settings: str = "one_alias", **asked: Any) -> WorkerProcess | None:
        """Start a worker, ready when this returns; None where it has no such mode."""
        worker = self.target.worker
        assert worker is not None
        words = worker.words(**asked)
        if words is None:
            return None
        process = WorkerProcess(
            words,
            ready=worker.ready,
            environment={**self.environment, "DJANGO_SETTINGS_MODULE": settings},
            output=self.folder / f"worker-{len(self.workers)}.txt",
            folder=self.folder,
        )
        self.workers.append(process)
        process.wait_until_ready(60)
        return process

    def start_for_all_queues(self, settings: str = "one_alias", **asked: Any) -> list[WorkerProcess]:
        """Start one worker, or one for each queue if a worker serves one queue; none where it has no such mode."""
        worker = self.target.worker
        assert worker is not None
        modes: list[dict[str, Any]] = [{}]
        if worker.serves_one_queue:
            modes = [{"queues": [queue]} for queue in ("default", "second")]
        started_workers = [self.start(settings, **asked, **mode) for mode in modes]
        return [process for process in started_workers if process is not None]

    def produce(self, *places: str, wait: float = 60, settings: str = "one_alias") -> list[list[str]]:
        """Enqueue a task at each alias and queue; return the words of each line."""
        done = subprocess.run(
            [sys.executable, str(self.folder / "shop" / "produce.py"), str(wait), *places],
            env={**self.environment, "DJANGO_SETTINGS_MODULE": settings},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        tails = "\n".join(worker.tail() for worker in self.workers)
        assert done.returncode == 0, f"{done.stderr}\n{tails}"
        return [line.split() for line in done.stdout.splitlines()]

    def noted(self) -> list[list[str]]:
        """Return who ran what."""
        return [line.split() for line in self.notes.read_text().splitlines()]


@pytest.fixture(scope="module")
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project of a target, for all its tests."""
    target = TARGETS[request.param]
    if target.name == "reference-process" and VERSION < (6, 1):
        pytest.skip("Django 6.0 cannot pickle a Task")
    for reason in (target.missing(), *map(unavailable, target.kinds)):
        if reason:
            pytest.skip(reason)
    made = Project(target, tmp_path_factory.mktemp("project"))
    with ExitStack() as stack:
        services = stack.enter_context(started(target.kinds, made.folder / "logs"))
        made.write(services.placeholders)
        prepare(target.descriptor, made.environment)
        yield made
        for worker in made.workers:
            worker.kill()


@pytest.fixture(autouse=True)
def afresh(project: Project) -> Iterator[None]:
    """Each test has its own notes and workers."""
    project.notes.write_text("")
    yield
    for worker in project.workers:
        worker.kill()
    project.workers.clear()


@pytest.fixture
def with_worker(project: Project) -> Project:
    """A target that has a worker of its own."""
    if project.target.worker is None:
        pytest.skip("it has no worker of its own")
    return project


def test_runs(project: Project) -> None:
    """Tasks of both queues run where the descriptor says, and a worker that is asked to end does."""
    runs = project.target.descriptor.runs
    workers = project.start_for_all_queues() if runs == "worker" else []

    said = project.produce("default:default", "default:second", wait=0.5 if runs == "never" else 60)

    if runs == "never":
        assert project.noted() == []
        return
    assert {line[2] for line in said} <= {"SUCCESSFUL", "-"}
    assert {text for _, text in project.noted()} == {"default:default", "default:second"}
    inside = {pid for pid, _ in project.noted()} == {said[0][0]}
    assert inside == (runs in {"inside", "threads"})
    for worker in workers:
        worker.signal(project.target.worker.stop_signal)
        assert worker.wait(30) is not None, worker.tail()


def test_two_aliases(project: Project) -> None:
    """Under two aliases each runs, with a worker of its own where the words ask for one."""
    if project.target.descriptor.two_aliases.get(project.target.store or NO_STORE) is None:
        pytest.skip("a project has one alias of it")
    worker = project.target.worker
    if worker is not None:
        project.start_for_all_queues("two_aliases")
        if worker.alias is not None:
            project.start_for_all_queues("two_aliases", alias="second")

    said = project.produce(
        "default:default",
        "second:second",
        settings="two_aliases",
        wait=60 if project.target.descriptor.runs != "never" else 0,
    )

    assert len({line[1] for line in said}) == 2
    if project.target.descriptor.runs != "never":
        assert {text for _, text in project.noted()} == {"default:default", "second:second"}


def test_one_queue_and_drain(with_worker: Project) -> None:
    """A worker for one queue leaves the other alone, and one that drains ends by itself."""
    only = with_worker.start(queues=["second"])
    if only is None:
        pytest.skip("it serves every queue")
    with_worker.produce("default:default", wait=0)
    with_worker.produce("default:second")
    assert [text for _, text in with_worker.noted()] == ["default:second"]
    only.kill()

    last = with_worker.start(drain=True)

    if last is None:
        pytest.skip("it does not end when nothing is left")
    assert last.wait(60) == 0, last.tail()
    assert [text for _, text in with_worker.noted()] == ["default:second", "default:default"]


def test_count(with_worker: Project) -> None:
    """A worker that is to run one task ends after it."""
    worker = with_worker.start(tasks=1)
    if worker is None:
        pytest.skip("it does not count")

    with_worker.produce("default:second")

    assert worker.wait(60) == 0, worker.tail()


def test_concurrency(with_worker: Project) -> None:
    """A worker for two tasks at once starts and runs them."""
    if not with_worker.start_for_all_queues(concurrency=2):
        pytest.skip("one process runs one task at a time")

    with_worker.produce("default:default", "default:second")

    assert {text for _, text in with_worker.noted()} == {"default:default", "default:second"}


def test_retries(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `@task` is given for a retry can be imported."""
    retries = project.target.descriptor.retries
    if retries is None or retries.task is None or (reason := retries.missing()):
        pytest.skip("no task has retries of its own" if retries is None or retries.task is None else str(reason))
    monkeypatch.syspath_prepend(project.folder)

    assert "OPTIONS" in vars(import_module(retries.task.removesuffix(".py")))


def test_system_checks(project: Project) -> None:
    """Django's own checks find nothing wrong in the settings."""
    code = "import django; django.setup(); import shop.tasks; from django.core.management import call_command as call"
    words = [sys.executable, "-c", f"{code}; call('check', fail_level='WARNING')"]
    done = subprocess.run(
        words, env=project.environment, cwd=project.folder, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
