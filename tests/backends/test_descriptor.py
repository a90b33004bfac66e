"""Descriptors: what the catalogue holds, and how a wrong one is refused."""

import ast
import sys
from pathlib import Path

import pytest
from django.tasks.backends.base import BaseTaskBackend

from taskgauge.backends import descriptor
from taskgauge.backends.descriptor import CATALOG, load_target, read_descriptor

NAMES = sorted(path.name for path in CATALOG.iterdir() if path.is_dir() and path.name != "__pycache__")


def write(folder: Path, toml: str, settings: str = "TASKS = {}\n") -> Path:
    """Make a descriptor."""
    made = folder / "made"
    made.mkdir()
    (made / "backend.toml").write_text(toml)
    (made / "settings.py").write_text(settings)
    return made


def test_catalogue() -> None:
    """The catalogue has the backends that run without a server."""
    assert {
        "django-dummy",
        "django-immediate",
        "django-tasks-db",
        "reference-immediate",
        "reference-memory",
        "reference-process",
    } <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_catalogue_entry(name: str) -> None:
    """Each entry is read, and its settings are Python that configures the backend it names."""
    found = read_descriptor(CATALOG / name)

    source = found.settings_source({"result_types": "some:thing", "store": "/some/where"})

    ast.parse(source)
    assert found.backend in source
    if found.missing() is None:
        assert issubclass(found.load_backend(), BaseTaskBackend)


@pytest.mark.parametrize(
    ("asked", "name", "store"),
    [
        ("reference-memory", "reference-memory", None),
        ("django-tasks-db@sqlite", "django-tasks-db@sqlite", "sqlite"),
        ("django-tasks-db", "django-tasks-db@sqlite", "sqlite"),
    ],
)
def test_target(asked: str, name: str, store: str | None) -> None:
    """A target is a descriptor on one store; the only store need not be named."""
    target = load_target(asked)

    assert (target.name, target.store) == (name, store)


@pytest.mark.parametrize("name", ["", "nothing", "@sqlite", "django-tasks-db@redis", "reference-memory@sqlite", ".."])
def test_unknown_target(name: str) -> None:
    """A target that does not exist is refused in one line that names those that do."""
    with pytest.raises(descriptor.TargetUnknown, match="no target is called") as caught:
        load_target(name)
    assert "\n" not in str(caught.value)


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


def test_no_settings(tmp_path: Path) -> None:
    """A descriptor without settings is none."""
    folder = write(tmp_path, 'backend = "a"')
    (folder / "settings.py").unlink()

    with pytest.raises(descriptor.DescriptorNotReadable, match=r"settings\.py"):
        read_descriptor(folder)


def test_backend_that_cannot_be_imported(tmp_path: Path) -> None:
    """A path that leads nowhere is said with file and key."""
    found = read_descriptor(write(tmp_path, 'backend = "nowhere.Backend"'))

    with pytest.raises(descriptor.DescriptorPathNotImportable, match=r'backend.toml: backend = "nowhere.Backend"'):
        found.load_backend()


@pytest.mark.parametrize(
    ("requirement", "words"),
    [("no-such-distribution>=1", "is not installed"), ("django>=99", "is installed, but django>=99 is needed")],
)
def test_not_installed(tmp_path: Path, requirement: str, words: str) -> None:
    """What is not installed is a reason to leave the target out, told from a wrong descriptor."""
    found = read_descriptor(write(tmp_path, f'backend = "nowhere.Backend"\nrequirements = ["{requirement}"]'))

    with pytest.raises(descriptor.TargetNotInstalled, match=words):
        found.load_backend()


def test_catalogue_knows_nothing_of_this_machine() -> None:
    """Descriptors name the running Python by a placeholder only."""
    for name in NAMES:
        for path in (CATALOG / name).glob("*.*"):
            assert sys.executable not in path.read_text()
