"""Descriptors: what the catalogue holds, and how a wrong one is refused."""

import re
import sys
from copy import deepcopy
from dataclasses import replace
from datetime import date
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any

import django
import pytest
from django.test import override_settings

from taskgauge.backends.descriptors import reader as descriptor
from taskgauge.backends.descriptors.placeholders import EVERYWHERE, KINDS
from taskgauge.backends.descriptors.reader import CATALOG, Target, load_target, load_targets, read_descriptor
from taskgauge.backends.descriptors.rows import ROW_NAMES
from taskgauge.backends.descriptors.worker_command import Shape
from taskgauge.backends.environments.availability import HEADERS, target_rows

PAGE = Path(__file__).parents[2] / "docs" / "descriptors.md"
NAMES = sorted(path.parent.name for path in CATALOG.glob("*/backend.toml"))
ONE_ALIAS = {"django-absurd"}
"""The backends that a project can have under one alias only, as their documentation says."""
VALUES = dict.fromkeys(EVERYWHERE.union(*KINDS.values()), "xyz")


def write(folder: Path, toml: str, settings: str = "TASKS = {}\n") -> Path:
    """Make a descriptor, which runs its tasks inside enqueue() unless it says otherwise."""
    made = folder / "made"
    made.mkdir()
    runs = "" if "[worker]" in toml or "runs" in toml else 'runs = "inside"\n'
    (made / "backend.toml").write_text(runs + toml)
    (made / "settings.py").write_text(settings)
    return made


def test_catalogue() -> None:
    """The catalogue holds these backends."""
    assert {
        "dj-queue",
        "django-absurd",
        "django-dummy",
        "django-immediate",
        "django-ox",
        "django-tasks-celery",
        "django-tasks-db",
        "django-tasks-local-processes",
        "django-tasks-local-threads",
        "django-tasks-redis",
        "django-tasks-rq",
        "huey",
        "reference-immediate",
        "reference-memory",
        "reference-process",
        "threadmill",
    } == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_entry(name: str) -> None:
    """Each entry configures the backend it names under one alias and two, with both queues, on each of its stores."""
    for target in load_targets(name):
        scope: dict[str, Any] = {}
        exec(target.settings_source(VALUES), scope)  # noqa: S102 -- our own files
        assert scope["TASKS"].keys() == {"default"}
        exec(target.two_aliases_source(VALUES) or "", scope)  # noqa: S102
        assert scope["TASKS"].keys() == ({"default"} if name in ONE_ALIAS else {"default", "second"})
        for alias in scope["TASKS"].values():
            assert (alias["BACKEND"], alias["QUEUES"]) == (target.descriptor.backend, ["default", "second"])


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_retries(name: str) -> None:
    """Settings that turn the backend's own retries off have others beside them that turn them on, under each alias."""
    retries = read_descriptor(CATALOG / name).retries
    if retries is None or retries.settings is None:
        pytest.skip("its settings turn no retries off")
    for target in load_targets(name):
        for aliases in ("", target.two_aliases_source(VALUES) or ""):
            for source in (retries.settings.filled_in(VALUES), target.as_shipped_source(VALUES)):
                assert source is not None
                scope: dict[str, Any] = {}
                exec(f"{target.settings_source(VALUES)}\n{aliases}", scope)  # noqa: S102 -- our own files
                before = deepcopy(scope["TASKS"])
                exec(source, scope)  # noqa: S102
                assert scope["TASKS"].keys() == before.keys()
                assert all(scope["TASKS"][alias] != before[alias] for alias in before)


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_backend(name: str) -> None:
    """Each backend whose packages are here is one of the framework that its entry names."""
    found = read_descriptor(CATALOG / name)
    if reason := found.missing():
        pytest.skip(reason)
    base = import_module(f"{found.framework}.backends.base")
    settings: dict[str, Any] = {}
    exec(load_targets(name)[0].settings_source(VALUES), settings)  # noqa: S102 -- our own files

    with override_settings(INSTALLED_APPS=settings.get("INSTALLED_APPS", []), RQ_QUEUES={}):
        assert issubclass(found.load_backend(), base.BaseTaskBackend)


@pytest.mark.parametrize(
    ("asked", "name", "store"),
    [
        ("reference-memory", "reference-memory", None),
        ("django-tasks-db@sqlite", "django-tasks-db@sqlite", "sqlite"),
        ("threadmill", "threadmill@redis", "redis"),
        ("django-tasks-celery@rabbitmq+redis", "django-tasks-celery@rabbitmq+redis", "rabbitmq+redis"),
    ],
)
def test_target(asked: str, name: str, store: str | None) -> None:
    """A target is a descriptor on one store; the only store need not be named."""
    target = load_target(asked)

    assert (target.name, target.store) == (name, store)
    assert "+".join(target.kinds) == (store or "")


@pytest.mark.parametrize(
    "name", ["", "nothing", "@sqlite", "django-tasks-db@redis", "django-tasks-db", "reference-memory@sqlite", ".."]
)
def test_unknown_target(name: str) -> None:
    """A target that does not exist, or one of several, is refused in one line that names those that do."""
    with pytest.raises(descriptor.TargetUnknown, match="no target is called") as caught:
        load_target(name)
    assert "\n" not in str(caught.value)


def test_all_stores() -> None:
    """A name without a store stands for all of them, where several may be meant."""
    assert [target.store for target in load_targets("django-tasks-db")] == ["sqlite", "postgresql"]


PYPROJECT = """
[project]
name = "shop-tasks"
[tool.taskgauge]
backend = "shop.Backend"
stores = ["redis", "postgresql"]
two_aliases = "TASKS['second'] = TASKS['default']"
[tool.taskgauge.settings]
redis = "redis_settings.py"
postgresql = 'TASKS = {"default": {"BACKEND": "shop.Backend", "URL": "{postgresql}"}}'
[tool.taskgauge.worker]
command = ["{python}", "-m", "shop"]
ready = "open"
"""


def test_pyproject(tmp_path: Path) -> None:
    """An author's own pyproject.toml is a descriptor, whose settings are a file beside it or stand in it."""
    path = tmp_path / "pyproject.toml"
    path.write_text(PYPROJECT)
    (tmp_path / "settings.py").write_text("this is the project's own, and no Python of ours")
    (tmp_path / "redis_settings.py").write_text('TASKS = {"default": {"BACKEND": "shop.Backend", "URL": "{redis}"}}')

    targets = load_targets(f"{path}")

    assert [target.name for target in targets] == ["shop-tasks@redis", "shop-tasks@postgresql"]
    assert load_target(f"{path}@redis").settings_source(VALUES).endswith('"URL": "xyz"}}')
    assert targets[1].settings_source(VALUES).endswith('"URL": "xyz"}}')
    assert targets[1].two_aliases_source(VALUES) == "TASKS['second'] = TASKS['default']"


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ("tool.taskgauge", "tool.other", descriptor.DescriptorKeyMissing, r"table \[tool.taskgauge\] is missing"),
        ("redis =", "sqlite =", descriptor.DescriptorKeyUnknown, "key tool.taskgauge.settings.sqlite is no store of"),
        ("redis =", "# ", descriptor.DescriptorKeyMissing, "key tool.taskgauge.settings is missing for redis"),
        ("redis_settings.py", "lost.py", descriptor.DescriptorNotReadable, "settings.redis: .*lost.py cannot be read"),
        ('"redis_settings.py"', "1", descriptor.DescriptorTypeWrong, "settings.redis must be a text, and is 1"),
        ("{postgresql}", "{redis}", descriptor.DescriptorPlaceholderUnknown, r"settings.postgresql: placeholder"),
        ("'default'", "'default", descriptor.DescriptorNotReadable, "two_aliases: line 1 is no Python"),
        ('"shop-tasks"', '"a/b"', descriptor.DescriptorTypeWrong, "name has more than letters"),
        ("[project]", "[project", descriptor.DescriptorNotReadable, "pyproject.toml: "),
    ],
)
def test_wrong_pyproject(tmp_path: Path, old: str, new: str, error: type[Exception], words: str) -> None:
    """What is wrong in it is said in one line as well."""
    assert old in PYPROJECT
    (tmp_path / "redis_settings.py").write_text("TASKS = {}")
    path = tmp_path / "pyproject.toml"
    path.write_text(PYPROJECT.replace(old, new))

    with pytest.raises(error, match=words) as caught:
        load_targets(f"{path}")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_file(tmp_path: Path) -> None:
    """A descriptor may be any file, and is named after its folder."""
    folder = write(tmp_path, 'backend = "a"')

    assert load_target(f"{folder}/backend.toml").name == "made"
    assert load_target(f"{folder}").descriptor.path == folder / "backend.toml"


RETRIES = "[retries]\nattempts = 2\nwithin = 1"
KNOWN = """
[[known_failures]]
requirement = "ARG-01"
reason = "x"
link = "x"
expires = 2030-01-31
"""
LINK = '[[production.links]]\nurl = "https://example.org"\nsentence = "Do so."\n'
WORKER = '[worker]\ncommand = ["{python}"]\nready = "x"\n'


@pytest.mark.parametrize(
    ("toml", "error", "words"),
    [
        ("backend = ", descriptor.DescriptorNotReadable, "backend.toml"),
        ("", descriptor.DescriptorKeyMissing, "key backend is missing"),
        ("backend = 1", descriptor.DescriptorTypeWrong, "key backend must be a text, and is 1"),
        ('backend = "a"\nbakend = "b"', descriptor.DescriptorKeyUnknown, "key bakend is unknown; known are backend"),
        ('backend = "a"\nstores = "sqlite"', descriptor.DescriptorTypeWrong, "key stores must be a list"),
        ('backend = "a"\nstores = [1]', descriptor.DescriptorTypeWrong, "key stores must be a list of texts"),
        ('backend = "a"\nresult_types = 1', descriptor.DescriptorTypeWrong, "key result_types must be true or false"),
        (
            'backend = "a"\nrequirements = ["a b"]',
            descriptor.DescriptorTypeWrong,
            "key requirements has no requirement",
        ),
        ('backend = "a"\nworker = 1', descriptor.DescriptorTypeWrong, "key worker must be a table"),
        ('backend = "a"\n[worker]\nready = "x"', descriptor.DescriptorKeyMissing, "key worker.command is missing"),
        (f'backend = "a"\n{WORKER}poll = 1', descriptor.DescriptorKeyUnknown, "key worker.poll is unknown"),
        (f'backend = "a"\n{WORKER}poll_interval = "1"', descriptor.DescriptorTypeWrong, "worker.poll_interval must be"),
        (
            'backend = "a"\n[worker]\ncommand = ["{pyton}"]\nready = "x"',
            descriptor.DescriptorPlaceholderUnknown,
            r"key worker.command: placeholder \{pyton\} is unknown",
        ),
        (
            'backend = "a"\n[[prepare]]\ncommand = ["x"]\nextra = 1',
            descriptor.DescriptorKeyUnknown,
            r"key prepare\[0\].extra is unknown",
        ),
        ('backend = "a"\nprepare = ["x"]', descriptor.DescriptorTypeWrong, "key prepare must be tables"),
        ('backend = "a"\nruns = "away"', descriptor.DescriptorTypeWrong, "key runs must be one of worker, inside"),
        ('backend = "a"\nruns = "worker"', descriptor.DescriptorTypeWrong, r"is 'worker', but there is no \[worker\]"),
        (f'backend = "a"\nruns = "never"\n{WORKER}', descriptor.DescriptorTypeWrong, r"but there is a \[worker\]"),
        (
            'backend = "a"\nframework = "celery"',
            descriptor.DescriptorTypeWrong,
            "framework must be one of django.tasks",
        ),
        ('backend = "a"\npython = "new"', descriptor.DescriptorTypeWrong, "key python has no versions in 'new'"),
        ('backend = "a"\nparallel = 0', descriptor.DescriptorTypeWrong, "key parallel must be above zero"),
        ('backend = "a"\npausable = true', descriptor.DescriptorTypeWrong, "pausable is true, but runs is 'inside'"),
        ('backend = "a"\npausable = 1', descriptor.DescriptorTypeWrong, "key pausable must be "),
        ('backend = "a"\nstores = ["oracle"]', descriptor.DescriptorTypeWrong, "stores are made of postgresql"),
        ('backend = "a"\nstores = ["redis+"]', descriptor.DescriptorTypeWrong, "key stores has 'redis\\+'"),
        (
            'backend = "a"\nstores = ["redis"]\nstore_requirements.sqlite = []',
            descriptor.DescriptorKeyUnknown,
            "store_requirements.sqlite is unknown",
        ),
        ('backend = "a"\nmodules = ["lost.py"]', descriptor.DescriptorNotReadable, "key modules: .*lost.py cannot"),
        ('backend = "a"\nname = "a b"', descriptor.DescriptorTypeWrong, "key name has more than letters"),
        ('backend = "a"\nbounds.deferral = -1', descriptor.DescriptorTypeWrong, "bounds.deferral must be above zero"),
        (
            'backend = "a"\nbounds.late = 1',
            descriptor.DescriptorKeyUnknown,
            "key bounds.late is unknown; known are def",
        ),
        ('backend = "a"\nretries.attempts = 2', descriptor.DescriptorKeyMissing, "key retries.within is missing"),
        (
            f'backend = "a"\n{RETRIES}',
            descriptor.DescriptorKeyMissing,
            "key retries.settings is missing: say settings or task",
        ),
        (
            f'backend = "a"\n{RETRIES}\nsettings = "{{redis}}"',
            descriptor.DescriptorPlaceholderUnknown,
            r"key retries.settings: placeholder \{redis\} is unknown",
        ),
        (
            'backend = "a"\n[[known_failures]]\nrequirement = "ENQ-01"\nreason = "x"\nlink = "x"\nexpires = "2030"',
            descriptor.DescriptorTypeWrong,
            r"key known_failures\[0\].expires must be a date, without quotes",
        ),
        (
            f'backend = "a"\n{WORKER}stop_signal = "SIGKILL"',
            descriptor.DescriptorTypeWrong,
            "key worker.stop_signal must be one of SIGTERM, SIGINT, SIGQUIT, SIGHUP, and is 'SIGKILL'",
        ),
        (f'backend = "a"\n{WORKER}serves = []', descriptor.DescriptorTypeWrong, "key worker.serves must not be empty"),
        (
            f'backend = "a"\nstores = ["sqlite"]\n{WORKER}drain.redis = ["x"]',
            descriptor.DescriptorKeyUnknown,
            "key worker.drain.redis is no store of this backend; it has sqlite",
        ),
        (
            'backend = "a"\n[worker]\ncommand.redis = ["x"]\n',
            descriptor.DescriptorKeyUnknown,
            "key worker.command.redis is no store of this backend; it has none",
        ),
        (
            f'backend = "a"\nstores = ["sqlite"]\n{KNOWN}store = "redis"',
            descriptor.DescriptorTypeWrong,
            r"key known_failures\[0\].store must be one of sqlite, and is 'redis'",
        ),
        (
            f'backend = "a"\n{KNOWN}django = "new"',
            descriptor.DescriptorTypeWrong,
            r"key known_failures\[0\].django has no versions in 'new'",
        ),
        (
            f'backend = "a"\n{WORKER}queues = ["{{alias}}"]',
            descriptor.DescriptorPlaceholderUnknown,
            r"worker.queues: placeholder \{alias\} is unknown; known are \{each_queue\}",
        ),
        ('backend = "a"\ncontract = "sure"', descriptor.DescriptorTypeWrong, "key contract must be one of process"),
        ('backend = "a"\ncontract.redis = "broker"', descriptor.DescriptorKeyUnknown, "contract.redis is no store"),
        (f'backend = "a"\n{WORKER}processes = 1', descriptor.DescriptorTypeWrong, "worker.processes must be a list"),
        (
            f'backend = "a"\n{WORKER}read_ahead = ["{{tasks}}"]',
            descriptor.DescriptorPlaceholderUnknown,
            r"worker.read_ahead: placeholder \{tasks\} is unknown",
        ),
        (
            f'backend = "a"\n{WORKER}concurrency = "THREADS = = {{concurrency}}"',
            descriptor.DescriptorNotReadable,
            "worker.concurrency: line 1 is no Python",
        ),
        (
            'backend = "a"\n[production]\nsettings = "A = 1"',
            descriptor.DescriptorKeyMissing,
            "key production.links is missing: say which sentence recommends this",
        ),
        (
            f'backend = "a"\n{LINK.replace("https", "http")}',
            descriptor.DescriptorTypeWrong,
            "key production.links has 'http://example.org', which is no address",
        ),
        (
            f'backend = "a"\n[production]\nconcurrency = "many"\n{LINK}',
            descriptor.DescriptorTypeWrong,
            "key production.concurrency must be a whole number, cpus or cpus-1, and is 'many'",
        ),
        (
            'backend = "a"\n[installed]\nprocesses = 0',
            descriptor.DescriptorTypeWrong,
            "key installed.processes must be above zero",
        ),
        (
            'backend = "a"\nstores = ["sqlite"]\n[installed]\nsettings.redis = "A = 1"',
            descriptor.DescriptorKeyUnknown,
            "key installed.settings.redis is no store of this backend; it has sqlite",
        ),
        (
            'backend = "a"\n[installed]\nsettings = "A = "',
            descriptor.DescriptorNotReadable,
            "installed.settings: line 1 is no Python",
        ),
        (
            'backend = "a"\n[installed]\nworker = ["{port}"]',
            descriptor.DescriptorPlaceholderUnknown,
            r"installed.worker: placeholder \{port\} is unknown",
        ),
    ],
)
def test_wrong_descriptor(tmp_path: Path, toml: str, error: type[Exception], words: str) -> None:
    """What is wrong is said in one line, with file and key."""
    folder = write(tmp_path, toml)

    with pytest.raises(error, match=words) as caught:
        read_descriptor(folder)
    assert str(folder / "backend.toml") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_placeholder_in_settings(tmp_path: Path) -> None:
    """A placeholder of the settings that nobody fills in is refused when the descriptor is read."""
    folder = write(tmp_path, 'backend = "a"', 'TASKS = "{redis}"')

    with pytest.raises(descriptor.DescriptorPlaceholderUnknown, match=r"settings.py: placeholder \{redis\}"):
        read_descriptor(folder)


def test_settings_for_each_store(tmp_path: Path) -> None:
    """A store's own settings come before those for all; each knows the placeholders of its own store only."""
    folder = write(tmp_path, 'backend = "a"\nstores = ["redis", "rabbitmq+redis"]', 'TASKS = "{redis}"')
    (folder / "settings_rabbitmq_redis.py").write_text('TASKS = "{rabbitmq_host} {redis_port}"')
    values = {**VALUES, "redis": "one", "rabbitmq_host": "two", "redis_port": "3"}

    targets = [Target(descriptor=read_descriptor(folder), store=store) for store in ("redis", "rabbitmq+redis")]

    assert [target.settings_source(values) for target in targets] == ['TASKS = "one"', 'TASKS = "two 3"']
    assert [target.two_aliases_source(values) for target in targets] == [None, None]


@pytest.mark.parametrize(("name", "text"), [("settings.py", "TASKS = {"), ("two_aliases.py", "TASKS[")])
def test_settings_that_are_no_python(tmp_path: Path, name: str, text: str) -> None:
    """A fragment that Python cannot read is refused at once, with its line."""
    folder = write(tmp_path, 'backend = "a"')
    (folder / name).write_text(f"\n{text}")

    with pytest.raises(descriptor.DescriptorNotReadable, match=rf"{name}: line 2 is no Python"):
        read_descriptor(folder)


def test_no_settings(tmp_path: Path) -> None:
    """A descriptor without settings is none."""
    folder = write(tmp_path, 'backend = "a"')
    (folder / "settings.py").unlink()

    with pytest.raises(descriptor.DescriptorNotReadable, match=r"settings\.py: there is no such file"):
        read_descriptor(folder)


WORDS = """
command = ["{python}", "work"]
ready = "x"
until_stopped = ["--stay"]
drain = ["--drain"]
count = ["--count={tasks}"]
all_queues = ["--all"]
concurrency = ["-c", "{concurrency}"]
alias = ["--alias", "{alias}"]
"""


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "py work --stay -c 1 --all"),
        ({"drain": True}, "py work --drain -c 1 --all"),
        ({"tasks": 7}, "py work --stay --count=7 -c 1 --all"),
        ({"concurrency": 4}, "py work --stay -c 4 --all"),
        ({"alias": "second"}, "py work --stay -c 1 --alias second --all"),
        ({"queues": ["a", "b"]}, None),
    ],
)
def test_worker_words(tmp_path: Path, asked: dict[str, Any], words: str | None) -> None:
    """A worker's command has the words of what is asked of it; what its descriptor has no words for is not done."""
    worker = read_descriptor(write(tmp_path, f'backend = "a"\n[worker]{WORDS}')).worker

    assert worker is not None
    assert worker.words(python="py", **asked) == (None if words is None else words.split())


def test_each_worker_has_a_name(tmp_path: Path) -> None:
    """Where a worker must be called something, no two are called the same."""
    descriptor = read_descriptor(
        write(tmp_path, 'backend = "a"\n[worker]\ncommand = ["w", "{worker}@%h"]\nready = "x"')
    )

    assert descriptor.worker is not None
    first, second = descriptor.worker.words(), descriptor.worker.words()
    assert first != second
    assert first is not None
    assert first[1].endswith("@%h")


@pytest.mark.parametrize(
    ("queues", "one", "two"),
    [
        ('["-q", "{queues}"]', "py -q a", "py -q a,b"),
        ('["-q", "{queue}"]', "py -q a", "py -q a -q b"),
        ('["-q", "{each_queue}"]', "py -q a", "py -q a b"),
        ('["-q={one_queue}"]', "py -q=a", None),
        ('["-q", "{queues}"]\nall_queues = []', "py -q a", "py -q a,b"),
    ],
)
def test_queue_words(tmp_path: Path, queues: str, one: str, two: str | None) -> None:
    """Queues are said with commas, with their words repeated, one after the other, or one alone."""
    worker = read_descriptor(write(tmp_path, f'backend = "a"\n{WORKER}queues = {queues}')).worker

    assert worker is not None
    assert worker.words(python="py", queues=["a"]) == one.split()
    assert worker.words(python="py", queues=["a", "b"]) == (None if two is None else two.split())


@pytest.mark.parametrize(
    ("words", "alone", "ordinary", "other"),
    [
        ('queues = ["-q", "{one_queue}"]', True, "py -q default", "py -q a"),
        ('all_queues = ["-q", "{one_queue}"]', True, "py -q default", "py -q a"),
        ('queues = ["-q", "{one_queue}"]\nall_queues = []', False, "py", "py -q a"),
        ('queues = ["-q", "{one_queue}"]\nall_queues = ["--all"]', False, "py --all", "py -q a"),
        ('queues = ["-q", "{queues}"]', False, "py", "py -q a"),
        ("", False, "py", None),
    ],
)
def test_worker_for_one_queue(tmp_path: Path, words: str, alone: bool, ordinary: str, other: str | None) -> None:
    """A process serves one queue where its words say no other way to serve all."""
    worker = read_descriptor(write(tmp_path, f'backend = "a"\n{WORKER}{words}')).worker

    assert worker is not None
    assert worker.serves_one_queue is alone
    assert worker.names_queues is bool(words)
    assert worker.words(python="py") == ordinary.split()
    assert worker.words(python="py", queues=["a"]) == (None if other is None else other.split())


def test_worker_that_prints_nothing(tmp_path: Path) -> None:
    """A worker needs no text, and ends on SIGTERM unless its descriptor says otherwise."""
    toml = 'backend = "a"\n[worker]\ncommand = ["w"]\n'
    plain = read_descriptor(write(tmp_path, toml)).worker
    (tmp_path / "made" / "backend.toml").write_text(f'{toml}stop_signal = "SIGINT"\nserves = ["default"]')
    other = read_descriptor(tmp_path / "made").worker

    assert plain is not None
    assert other is not None
    assert (plain.ready, plain.stop_signal, plain.serves) == (None, SIGTERM, None)
    assert (other.stop_signal, other.serves) == (SIGINT, ("default",))


def test_worker_of_each_store(tmp_path: Path) -> None:
    """Every key of the worker may differ by store; a store that is not named lacks the key."""
    toml = """
        backend = "a"
        stores = ["sqlite", "redis"]
        [worker]
        command = ["w"]
        ready.redis = "listening"
        drain = {sqlite = ["--drain"], redis = ["--burst"]}
        poll_interval.sqlite = 1
        count.redis = ["--max", "{tasks}"]
    """
    found = read_descriptor(write(tmp_path, toml))
    sqlite, redis = (Target(descriptor=found, store=store).worker for store in ("sqlite", "redis"))

    assert sqlite is not None
    assert redis is not None
    assert (sqlite.ready, sqlite.poll_interval, sqlite.words(tasks=1)) == (None, 1.0, None)
    assert (redis.ready, redis.poll_interval, redis.words(tasks=1)) == ("listening", None, ["w", "--max", "1"])
    assert (sqlite.words(drain=True), redis.words(drain=True)) == (["w", "--drain"], ["w", "--burst"])


def test_worker_without_modes(tmp_path: Path) -> None:
    """A worker that has one mode only is started in that, and serves every alias."""
    worker = read_descriptor(write(tmp_path, f'backend = "a"\n{WORKER}')).worker

    assert worker is not None
    assert worker.words(python="py", alias="second") == ["py"]
    assert [worker.words(drain=True), worker.words(tasks=1), worker.words(concurrency=2)] == [None, None, None]


def test_promises(tmp_path: Path) -> None:
    """Bounds, retries and known failures are read with their types."""
    toml = """
        backend = "a"
        [bounds]
        recovery = 10
        [retries]
        attempts = 3
        within = 5
        task = "retries.py"
        requirements = ["no-such-distribution"]
        [[known_failures]]
        requirement = "RES-04"
        reason = "a bad id is refused by the database"
        link = "https://example.org/1"
        expires = 2030-01-31
    """
    folder = write(tmp_path, toml)
    (folder / "retries.py").write_text("OPTIONS = {}")

    found = read_descriptor(folder)

    assert (found.bounds.recovery, found.bounds.deferral) == (10.0, None)
    assert found.retries is not None
    assert (found.retries.attempts, found.retries.within) == (3, 5.0)
    assert "no-such-distribution is not installed" in str(found.retries.missing())
    assert found.modules() == [folder / "retries.py"]
    assert found.known_failures[0].expires == date(2030, 1, 31)


@pytest.mark.parametrize(
    ("scope", "stores"),
    [
        ("", {"sqlite", "redis"}),
        ('store = "redis"', {"redis"}),
        ('django = ">=6"', {"sqlite", "redis"}),
        ('django = "<6"', set()),
        ('python = "<3"', set()),
        ('python = ">=3"\nstore = "sqlite"', {"sqlite"}),
    ],
)
def test_known_failures_of_a_scope(tmp_path: Path, scope: str, stores: set[str]) -> None:
    """A known failure holds on its store, and with its versions, only."""
    found = read_descriptor(write(tmp_path, f'backend = "a"\nstores = ["sqlite", "redis"]\n{KNOWN}{scope}'))

    assert {store for store in found.stores if Target(descriptor=found, store=store).known_failures()} == stores


def test_settings_as_shipped(tmp_path: Path) -> None:
    """Settings that turn retries on again are a file beside the descriptor, or a text."""
    folder = write(tmp_path, 'backend = "a"\nstores = ["redis"]')
    assert Target(descriptor=read_descriptor(folder), store="redis").as_shipped_source(VALUES) is None

    (folder / "shipped.py").write_text('URL = "{redis}"')

    assert Target(descriptor=read_descriptor(folder), store="redis").as_shipped_source(VALUES) == 'URL = "xyz"'


def test_folder_of_a_project(tmp_path: Path) -> None:
    """A folder whose pyproject.toml is a descriptor may be named, too."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (tmp_path / "redis_settings.py").write_text("TASKS = {}")

    assert read_descriptor(tmp_path).path == tmp_path / "pyproject.toml"


def test_backend_that_cannot_be_imported(tmp_path: Path) -> None:
    """A path that leads nowhere is said with file and key."""
    found = read_descriptor(write(tmp_path, 'backend = "nowhere.Backend"'))

    with pytest.raises(descriptor.DescriptorPathNotImportable, match=r'backend.toml: backend = "nowhere.Backend"'):
        found.load_backend()


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ("no-such-distribution>=1", "is not installed: pip install 'no-such-distribution>=1'"),
        ("django>=99", "is installed, but django>=99 is needed"),
        ("django[bcrypt]", r"bcrypt is not installed: pip install 'django\[bcrypt\]'"),
    ],
)
def test_not_installed(tmp_path: Path, requirement: str, words: str) -> None:
    """What is not installed is a reason to leave the target out, told from a wrong descriptor."""
    found = read_descriptor(write(tmp_path, f'backend = "nowhere.Backend"\nrequirements = ["{requirement}"]'))

    with pytest.raises(descriptor.TargetNotInstalled, match=words):
        found.load_backend()


def test_wrong_python(tmp_path: Path) -> None:
    """Another Python is a reason as well."""
    found = read_descriptor(write(tmp_path, 'backend = "a"\npython = ">=4"'))

    assert str(found.missing()).startswith("Python >=4 is needed, and this is 3.")


def test_markers(tmp_path: Path) -> None:
    """A requirement for another Python is none here."""
    toml = """backend = "a"\nrequirements = ["no-such-distribution; python_version < '3'", "django"]"""

    assert read_descriptor(write(tmp_path, toml)).missing() is None


def test_requirements_of_a_store(tmp_path: Path) -> None:
    """What one store needs is not missing on another."""
    toml = 'backend = "a"\nstores = ["sqlite", "redis"]\nstore_requirements.redis = ["no-such-distribution"]'
    found = read_descriptor(write(tmp_path, toml))

    assert Target(descriptor=found, store="sqlite").missing() is None
    assert "no-such-distribution" in str(Target(descriptor=found, store="redis").missing())


ROWS = """
backend = "a"
stores = ["sqlite", "redis"]
contract.redis = "store without fsync"
[worker]
command = ["{python}", "worker", "--short-lease"]
concurrency = ["--threads", "{concurrency}"]
read_ahead.redis = ["--ahead", "{read_ahead_in_all}"]
processes.sqlite = 'PROCESSES = {processes}'
[installed]
command = ["{python}", "worker"]
settings.sqlite = "LEASE = 1"
concurrency = 2
[production]
worker = ["--threads", "4"]
settings = "AGE = 60"
concurrency = 4
[[production.links]]
url = "https://example.org"
sentence = "Four threads are good."
"""


def test_rows_of_a_target(tmp_path: Path) -> None:
    """A target is measured as installed, and with what its documentation recommends on top of that."""
    found = read_descriptor(write(tmp_path, ROWS))
    sqlite, redis = (Target(descriptor=found, store=store) for store in ("sqlite", "redis"))
    worker, installed, production = sqlite.worker, sqlite.row("installed"), sqlite.row("production")
    assert worker is not None

    assert worker.words(python="py") == ["py", "worker", "--short-lease", "--threads", "1"]
    assert worker.words(python="py", row=installed) == ["py", "worker"]
    assert worker.words(python="py", row=production) == ["py", "worker", "--threads", "4"]
    assert sqlite.row_source("installed", {}).split() == ["TASKS", "=", "{}", "LEASE", "=", "1"]
    assert sqlite.row_source("production", {}).split() == ["TASKS", "=", "{}", "LEASE", "=", "1", "AGE", "=", "60"]
    assert redis.row_source("production", {}).split() == ["TASKS", "=", "{}", "AGE", "=", "60"]
    assert (installed.concurrency, production.concurrency, installed.links) == (2, 4, {})
    assert production.links == {"https://example.org": "Four threads are good."}
    assert (sqlite.has_production, sqlite.contract, redis.contract) == (True, None, "store without fsync")


def test_shape_of_a_worker(tmp_path: Path) -> None:
    """Words or settings say how many processes, tasks at once and tasks in advance a worker has."""
    found = read_descriptor(write(tmp_path, ROWS))
    sqlite, redis = found.workers["sqlite"], found.workers["redis"]
    row = Target(descriptor=found, store="redis").row("production")
    shape = Shape(processes=2, concurrency=3, read_ahead=8)

    assert redis.words(python="py", row=row, shape=replace(shape, processes=1)) == (
        ["py", "worker", "--threads", "4", "--threads", "3", "--ahead", "24"]
    )
    assert redis.words(python="py", row=row, shape=shape) is None  # it has no word for processes
    assert sqlite.words(python="py", row=row, shape=Shape(processes=2)) == ["py", "worker", "--threads", "4"]
    assert (sqlite.settings(shape), redis.settings(shape)) == ("PROCESSES = 2", "")
    assert sqlite.settings(Shape()) == ""


def test_a_backend_without_advice_has_one_row(tmp_path: Path) -> None:
    """A backend whose documentation recommends nothing more is measured once."""
    advice = "[production]\n[[production.links]]\nurl = 'https://example.org'\nsentence = 'Keep the defaults.'"
    found = read_descriptor(write(tmp_path, f'backend = "a"\n{advice}'))

    assert not Target(descriptor=found, store=None).has_production


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_rows(name: str) -> None:
    """Each row of the catalogue is a module of settings and a command, and every recommendation has its sentence."""
    for target in load_targets(name):
        for row in ROW_NAMES:
            compile(target.row_source(row, VALUES), f"{target.name} {row}", "exec")
            assert target.worker is None or target.worker.words(row=target.row(row))
        links = target.row("production").links
        assert not target.has_production or all(links.values())


@pytest.mark.parametrize("name", NAMES)
def test_advice_of_django_counts_for_all(name: str) -> None:
    """Every target on a database of Django keeps its connections in production, and none as installed."""
    for target in load_targets(name):
        installed, production = (target.row_source(row, VALUES) for row in ("installed", "production"))
        assert "CONN_MAX_AGE" not in installed
        assert ("CONN_MAX_AGE" in production) == ("DATABASES" in installed)


def test_rows() -> None:
    """The table of targets has one row for each, with the version that is here or would fit, and what is missing."""
    rows = {row.target: row for row in target_rows()}

    assert rows["reference-memory"].cells() == ("reference-memory", version("taskgauge"), "in the process", "")
    assert rows["django-immediate"].version == django.__version__
    assert {"django-tasks-db@sqlite", "django-tasks-celery@rabbitmq+redis", "threadmill@redis"} <= set(rows)
    for row in rows.values():
        assert row.version[0].isdecimal()
        assert ("not installed" in row.version) <= any("is not installed: pip install" in why for why in row.missing)
        assert len(row.cells()) == len(HEADERS)


def test_rows_of_ones_own(tmp_path: Path) -> None:
    """A descriptor of one's own has rows, too."""
    folder = write(tmp_path, 'backend = "nowhere.Backend"\nrequirements = ["no-such-distribution"]')

    [row] = target_rows([str(folder)])

    assert row.cells()[:3] == ("made", "not installed", "in the process")
    assert row.missing == ("no-such-distribution is not installed: pip install 'no-such-distribution'",)


def known_keys(folder: Path, table: str) -> list[str]:
    """Return the keys that a table may have, as the refusal of another names them."""
    begin = {
        "": "",
        "worker.": WORKER,
        "bounds.": "[bounds]\n",
        "retries.": f"{RETRIES}\ntask = 'a.py'\n",
        "installed.": "[installed]\n",
    }
    unknown = f'backend = "a"\n{begin[table]}never = 1'
    with pytest.raises(descriptor.DescriptorKeyUnknown) as caught:
        read_descriptor(write(folder, unknown))
    return str(caught.value).partition("known are ")[2].split(", ")


@pytest.mark.parametrize("table", ["", "worker.", "bounds.", "retries.", "installed."])
def test_format_is_documented(tmp_path: Path, table: str) -> None:
    """The page for outsiders has every key."""
    page = PAGE.read_text()

    for key in known_keys(tmp_path, table):
        assert f"`{key}`" in page or f"[{key}]" in page, key
    for placeholder in VALUES:
        assert f"{{{placeholder}}}" in page


def test_example_of_the_documentation(tmp_path: Path) -> None:
    """Its example is a descriptor."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "pyproject.toml").write_text("".join(text for kind, text in blocks if kind == "toml"))
    (tmp_path / "conformance_settings.py").write_text("".join(text for kind, text in blocks if kind == "python"))

    target = load_target(f"{tmp_path / 'pyproject.toml'}@redis")

    assert "xyz" in target.settings_source(VALUES)
    assert target.descriptor.known_failures[0].requirement == "RES-04"


def test_catalogue_knows_nothing_of_this_machine() -> None:
    """Descriptors name the running Python by a placeholder only."""
    for name in NAMES:
        for path in (CATALOG / name).glob("*.*"):
            assert sys.executable not in path.read_text()
