"""Coroutine tasks; this module can be imported only where the backend accepts them."""

import asyncio
from typing import Any

from taskgauge.suites.conformance.api import task
from taskgauge.suites.conformance.describing import describe
from taskgauge.suites.conformance.errors_to_raise import make
from taskgauge.suites.conformance.tasks.basic import finished, started


@task
async def echo(key: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Write down and return what came, with types, after the loop had a turn."""
    got = {"args": [describe(value) for value in args], "kwargs": {name: describe(v) for name, v in kwargs.items()}}
    started(key, **got)
    await asyncio.sleep(0)
    finished(key)
    return got


@task
async def fail(key: str, kind: str) -> None:
    """Raise the exception that `errors_to_raise` has under this name, after the loop had a turn."""
    started(key)
    await asyncio.sleep(0)
    raise make(kind)
