"""Reference backends under settings of their own, each stopped after its module."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django import VERSION
from django.tasks import task_backends
from django.test import override_settings

from taskgauge.backends.reference import pools

# Worker processes get the search path of the process that starts them.
sys.path.insert(0, str(Path(__file__).parent))

CLASSES = {
    "immediate": "taskgauge.backends.reference.ReferenceImmediateBackend",
    "memory": "taskgauge.backends.reference.ReferenceMemoryBackend",
    "process": "taskgauge.backends.reference.ReferenceProcessBackend",
}


def configured(kind: str, **options: Any) -> override_settings:
    """Settings with one backend of this kind."""
    return override_settings(TASKS={"default": {"BACKEND": CLASSES[kind], "QUEUES": [], "OPTIONS": options}})


@pytest.fixture(scope="module", params=["memory", "process"])
def backend(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A backend with workers that results can be asked from, on Django's own classes."""
    if request.param == "process" and VERSION < (6, 1):
        pytest.skip("Django 6.0 cannot pickle a Task")
    with configured(request.param):
        yield task_backends["default"]
        pools.stop_all(10)


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], None]:
    """Wait for something that has no event of its own; fail after half a minute."""

    def wait(condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.005)

    return wait
