"""Coroutine tasks that record their arguments and threads; only for backends that accept coroutine tasks."""

import asyncio
import threading
import weakref
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started
from taskgauge.suites.conformance.tasks.contexts import told_by

_MOMENT = 0.005
_loops: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


@task(takes_context=True)
async def tell(context: Any, key: str, *args: Any, **kwargs: Any) -> None:
    """Record the facts of the context and the other arguments."""
    del kwargs
    started(key, **told_by(context, (key, *args)))
    await asyncio.sleep(0)
    finished(key)


@task
async def tell_loop(key: str) -> None:
    """Record whether an earlier task of this process ran in the same loop, and the threads in which code runs."""
    loop = asyncio.get_running_loop()
    started(
        key,
        same_loop=loop in _loops,
        in_main_thread=threading.current_thread() is threading.main_thread(),
        sync_in_main_thread=await sync_to_async(_in_main_thread)(),
        sync_thread=await sync_to_async(threading.get_native_id)(),
    )
    _loops.add(loop)
    finished(key)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@task
async def meet(key: str, own: str, other: str, seconds: float) -> None:
    """Write a file, and wait at most so many seconds for the file of another task."""
    started(key)
    _come(own)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not _is_there(other) and loop.time() < end:  # noqa: ASYNC110 -- the other may be in another process
        await asyncio.sleep(_MOMENT)
    finished(key, met=_is_there(other))


def _come(path: str) -> None:
    Path(path).touch()


def _is_there(path: str) -> bool:
    return Path(path).exists()
