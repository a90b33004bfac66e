"""Tasks that start processes of their own, unless a file exists, so that a second execution does no harm."""

import multiprocessing
import os
import time
from pathlib import Path

from taskgauge.suites.conformance.framework import task
from taskgauge.suites.conformance.tasks.basic import finished, started

BUSY = 60.0
"""Seconds that a child of a task is busy unless it is ended."""


@task
def fork(key: str, path: str) -> None:
    """Fork a child that ends at once, and wait for it."""
    started(key)
    if Path(path).exists():
        return
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    finished(key)


@task
def close_pool(key: str, path: str) -> None:
    """Close a pool of processes while one of them is busy."""
    started(key)
    if Path(path).exists():
        return
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply_async(time.sleep, (BUSY,))
        time.sleep(0.2)
    finished(key)


@task
def end_child(key: str, path: str) -> None:
    """End a busy child with SIGTERM, and wait for it."""
    started(key)
    if Path(path).exists():
        return
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(BUSY,))
    child.start()
    child.terminate()
    child.join()
    finished(key)


KINDS = {"forks": fork, "closes a pool with a busy child": close_pool, "ends a child with SIGTERM": end_child}
