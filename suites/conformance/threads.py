"""Runs a call where another backend instance serves it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def in_a_thread[Value](call: Callable[[], Value]) -> Value:
    """Return what the call returns in a new thread, which has ended by then; raise what it raises."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(_and_disconnect, call).result()


def _and_disconnect[Value](call: Callable[[], Value]) -> Value:
    from django.db import connections  # noqa: PLC0415 -- settings first

    try:
        return call()
    finally:
        connections.close_all()
