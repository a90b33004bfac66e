"""Which operations a gate times: by what is under test, by what is asked for, and never more than can be judged."""

from pathlib import Path

import pytest
import toys
from packaging.requirements import Requirement

from taskgauge.backends.descriptors.installed import version
from taskgauge.backends.descriptors.reader import TargetUnknown
from taskgauge.suites.gate.errors import TargetUnusable
from taskgauge.suites.gate.gate_plan import GatePlan, choose
from taskgauge.suites.gate.process_profile import MOST_OPERATIONS
from taskgauge.suites.gate.side.operation_names import BACKEND_OPERATIONS, RESULT_OPERATIONS
from taskgauge.suites.gate.side_spec import SideSpec
from taskgauge.suites.gate.sources import Source
from taskgauge.suites.run_control.errors import OperationUnknown


def source(name: str, project: Path | None = None) -> Source:
    """Return the source of a distribution."""
    asked = SideSpec(text=name, kind="requirement", requirement=Requirement(name))
    return Source(asked=asked, name=name, project=project)


def chosen(name: str, folder: Path, *targets: str, only: tuple[str, ...] = (), more: tuple[str, ...] = ()) -> GatePlan:
    """Choose for a distribution, in a folder."""
    return choose(targets, only, more, base=source(name), head=source(name), folder=folder)


def operations(choice: GatePlan) -> list[str]:
    """Return the names of the operations that are chosen."""
    return [operation.name for profile in choice.profiles for operation in profile.operations]


def test_django(tmp_path: Path) -> None:
    """Its objects, and what its own backends make of them; and a database's, where that is installed here."""
    choice = chosen("django", tmp_path)

    expected = [*RESULT_OPERATIONS, "enqueue@django-immediate", "enqueue@django-dummy"]
    database = version("django-tasks-db")
    assert operations(choice) == [*expected, *(["enqueue@django-tasks-db@sqlite"] if database else [])]
    assert choice.common == ((f"django-tasks-db=={database}",) if database else ())
    assert not choice.needs_taskgauge
    assert len(operations(choice)) <= MOST_OPERATIONS


def test_a_backend_of_the_catalogue(tmp_path: Path) -> None:
    """It is timed on the first of its stores that is here, with the Django that is installed here."""
    choice = chosen("django-tasks-db", tmp_path)

    assert operations(choice) == [f"{what}@django-tasks-db@sqlite" for what in BACKEND_OPERATIONS]
    assert choice.common == (f"django=={version('django')}",)


def test_a_backend_with_a_descriptor(tmp_path: Path) -> None:
    """In its own repository a backend is timed by its own table, also under the file's name; each side by its own."""
    toys.project(tmp_path)
    head = toys.project(tmp_path / "head")
    for names in ((), ("pyproject.toml",)):
        choice = choose(names, (), (), base=source("toytasks"), head=source("toytasks", head), folder=tmp_path)

        assert operations(choice) == [f"{what}@toytasks" for what in BACKEND_OPERATIONS]
        [targets] = [profile.targets for profile in choice.profiles]
        assert targets is not None
        # Base has no files of its own here, so it takes head's.
        assert {side: target.descriptor.folder for side, target in targets.items()} == {"base": head, "head": head}


def test_ourselves(tmp_path: Path) -> None:
    """Taskgauge's own backends are timed, and need no other Taskgauge beside the one under test."""
    choice = chosen("taskgauge", tmp_path)

    assert {operation.partition("@")[2] for operation in operations(choice)} == {
        "reference-immediate",
        "reference-memory",
    }
    assert len(operations(choice)) <= MOST_OPERATIONS
    assert not choice.needs_taskgauge
    assert chosen("django", tmp_path, "reference-memory").needs_taskgauge


def test_only(tmp_path: Path) -> None:
    """An operation by its name, or by what it does on every target; with it also one that is not timed otherwise."""
    assert operations(chosen("django", tmp_path, only=("create",))) == ["create"]
    # A margin may be named for an operation that is not timed now: a row that is repeated alone keeps its options.
    assert "refresh" in {operation.name for operation in chosen("django", tmp_path, only=("create",)).known}
    assert operations(chosen("django", tmp_path, "django-dummy", "django-immediate", only=("aenqueue",))) == [
        "aenqueue@django-dummy",
        "aenqueue@django-immediate",
    ]


def test_more_than_asked_for(tmp_path: Path) -> None:
    """What both sides get besides is asked for once: another Django takes the place of the one that is here."""
    assert chosen("django-tasks-db", tmp_path, more=("django==6.0.10",)).common == ("django==6.0.10",)


def test_what_cannot_be_timed(tmp_path: Path) -> None:
    """A target or an operation that is not there, and more operations than can be judged: a line each."""
    with pytest.raises(TargetUnknown, match="no target is called 'no-such-backend'"):
        chosen("django", tmp_path, "no-such-backend")
    with pytest.raises(OperationUnknown, match="no chosen part measures 'crate': did you mean create"):
        chosen("django", tmp_path, only=("crate",))
    with pytest.raises(TargetUnusable, match="10 operations are too many: a gate judges at most 8"):
        chosen("django", tmp_path, "django-dummy", "django-immediate", only=BACKEND_OPERATIONS)


def test_a_store_that_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend whose stores cannot be had here is said to be so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TASKGAUGE_REDIS_URL", raising=False)

    with pytest.raises(TargetUnusable, match=r"^threadmill@redis: "):
        chosen("threadmill", tmp_path)


def test_targets_that_use_the_distribution(tmp_path: Path) -> None:
    """A target counts if its packages need what is under test, at any depth; an extra that nobody asks for does not."""
    assert chosen("django", tmp_path, "result-types").using == ("result-types",)
    assert chosen("asgiref", tmp_path, "django-immediate").using == ("django-immediate",)
    assert chosen("argon2-cffi", tmp_path, "django-immediate").using == ()
    assert chosen("taskgauge", tmp_path, "reference-memory", "django-dummy").using == ("reference-memory",)
    assert chosen("somethingelse", tmp_path).using == ()
