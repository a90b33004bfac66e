"""The options of the reference backends, and the result types they take."""

import backend_test_tasks as tasks
import pytest
from conftest import configured
from django import VERSION
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.tasks import Task, task_backends

from taskgauge.backends.reference import errors, pools
from taskgauge.suites.shapes.variants import ARMS, load

ONLY_LATER = pytest.mark.skipif(VERSION < (6, 1), reason="Django 6.0 cannot pickle a Task")


@pytest.mark.parametrize("kind", ["immediate", "memory", "process"])
def test_unknown_option(kind: str) -> None:
    """An option that does not exist is named, with those that do."""
    with configured(kind, wrokers=2), pytest.raises(errors.BackendOptionUnknown, match=r"'wrokers'.*result_types"):
        _ = task_backends["default"]


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", True, None])
def test_workers(value: object) -> None:
    """The number of workers is a whole number from 1."""
    with configured("memory", workers=value), pytest.raises(errors.BackendOptionInvalid, match="'workers'"):
        _ = task_backends["default"]


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ("nowhere", errors.BackendOptionInvalid),
        ("nowhere.at.all:x", errors.ResultTypesNotImportable),
        ("taskgauge.suites.shapes.variants:nothing", errors.ResultTypesNotImportable),
        ("taskgauge.suites.shapes.variants:ARMS", errors.ResultTypesIncomplete),
        (object(), errors.ResultTypesIncomplete),
    ],
)
def test_wrong_result_types(option: object, error: type[Exception]) -> None:
    """Result types that are not there, or not whole, are refused when the first task comes."""
    with configured("immediate", result_types=option), pytest.raises(error):
        tasks.echo.enqueue()


def test_class_attribute() -> None:
    """On the class, the task class is Django's; on an instance, that of its result types."""
    variant = load("namedtuple")
    with configured("immediate", result_types=variant):
        backend = task_backends["default"]
        assert type(backend).task_class is Task
        assert backend.task_class is variant.Task


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("kind", ["immediate", "memory"])
def test_every_arm(kind: str, arm: str) -> None:
    """Every shape runs, fails and keeps its arguments, in its own classes."""
    with configured(kind, result_types=f"taskgauge.suites.shapes.variants:load:{arm}"):
        variant, backend = load(arm), task_backends["default"]
        good = variant.tasks.echo.enqueue([1], key=(2,))
        bad = variant.tasks.fail.enqueue()
        if kind == "memory":
            good.args[0].append(3)
            assert good.status == "READY"
            assert backend.join(30)
            good, bad = backend.get_result(good.id), backend.get_result(bad.id)
        pools.stop_all()

    assert type(good) is variant.TaskResult
    assert (good.status, good.return_value, good.args) == ("SUCCESSFUL", [[[1]], {"key": [2]}], [[1]])
    assert good.enqueued_at <= good.started_at <= good.finished_at
    assert (bad.status, type(bad.errors[0]), bad.errors[0].exception_class) == ("FAILED", variant.TaskError, ValueError)


@pytest.mark.parametrize("arm", [pytest.param("today", marks=ONLY_LATER), "namedtuple-lazy"])
def test_through_the_pipe(arm: str) -> None:
    """A worker process makes its results of the same classes."""
    with configured("process", result_types=f"taskgauge.suites.shapes.variants:load:{arm}", workers=2):
        variant, backend = load(arm), task_backends["default"]
        good, bad = variant.tasks.add.enqueue(1, 2), variant.tasks.fail.enqueue()
        assert backend.join(30)
        good, bad = backend.get_result(good.id), backend.get_result(bad.id)
        pools.stop_all()

    assert type(good) is variant.TaskResult
    assert (good.return_value, type(good.worker_ids)) == (3, list)
    assert type(bad.errors[0]) is variant.TaskError


@pytest.mark.skipif(VERSION >= (6, 1), reason="Django 6.1 can pickle a Task")
def test_django_60() -> None:
    """On Django 6.0 a result that holds its Task is refused, by the system check already."""
    with configured("process"):
        with pytest.raises(errors.TaskNotPicklable, match=r"use Django 6\.1"):
            tasks.echo.enqueue()
        with pytest.raises(SystemCheckError, match=r"taskgauge\.E001"):
            call_command("check")


@ONLY_LATER
def test_result_types_must_be_a_path() -> None:
    """An object cannot be sent to a worker process, so that a path is asked for."""
    variant = load("today")
    with (
        configured("process", result_types=variant),
        pytest.raises(errors.SettingsNotPicklable, match="must be a path"),
    ):
        variant.tasks.add.enqueue(1)
