"""Runs a call in a new thread, where another backend instance serves it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def in_a_thread[Value](call: Callable[[], Value]) -> Value:
    """Run the call in a new thread and return its value, or raise its exception, after the thread has ended."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(_and_disconnect, call).result()


def _and_disconnect[Value](call: Callable[[], Value]) -> Value:
    from django.db import connections  # noqa: PLC0415 -- settings first

    try:
        return call()
    finally:
        connections.close_all()
