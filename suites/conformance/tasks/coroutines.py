"""Coroutine tasks; this module can be imported only if the backend accepts them."""

import asyncio
from typing import Any

from taskgauge.suites.conformance.described_values import describe
from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, raising, started
from taskgauge.suites.conformance.tasks.errors_to_raise import make


@task
async def echo(key: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Record and return the arguments with their types, after one turn of the loop."""
    got = {"args": [describe(value) for value in args], "kwargs": {name: describe(v) for name, v in kwargs.items()}}
    started(key, **got)
    await asyncio.sleep(0)
    finished(key)
    return got


@task
async def fail(key: str, kind: str) -> None:
    """Raise the exception of this name from `errors_to_raise`, after one turn of the loop."""
    started(key)
    await asyncio.sleep(0)
    raise raising(key, make(kind))


@task
async def give(key: str, value: Any) -> Any:
    """Return the argument, after one turn of the loop."""
    started(key)
    await asyncio.sleep(0)
    finished(key)
    return value


@task
async def write_row(key: str) -> int:
    """Add a row to the database through Django's asynchronous methods, and count the rows with its text."""
    from taskgauge.suites.conformance.tasks.models import Row  # noqa: PLC0415 -- needs the apps

    started(key)
    await Row.objects.acreate(text=key)
    count = await Row.objects.filter(text=key).acount()
    finished(key, count=count)
    return count
