"""What tests have done in other processes that enqueue: errands under `…producer_calls:NAME`."""

import atexit
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from taskgauge.suites.conformance.result_rules import ROUNDING

_STEP = 0.02
_PATIENCE = 60.0
"""Seconds that a call may take while the store is down."""


def path(name: str) -> str:
    """Return the name by which `TargetHarness.elsewhere` finds an errand of this module."""
    return f"taskgauge.suites.conformance.remote_calls.producer_calls:{name}"


def enqueue_notes(keys: Sequence[str]) -> dict[str, str]:
    """Enqueue `note` under each key; return the ids of those that were accepted, by key."""
    accepted = {}
    for key in keys:
        # A store may have its reasons to refuse under load; it says so, which is no loss.
        with contextlib.suppress(Exception):
            accepted[key] = str(_note().enqueue(key).id)
    return accepted


def tell_enqueued_at(key: str) -> dict[str, Any]:
    """Enqueue `note` and return whether `enqueued_at` is naive and lies between the moments before and after."""
    from django.utils import timezone  # noqa: PLC0415 -- settings first

    before = timezone.now()
    found = _note().enqueue(key).enqueued_at
    after = timezone.now()
    naive = found is not None and timezone.is_naive(found)
    between = naive and before - ROUNDING <= found <= after + ROUNDING
    return {"seen": repr(found), "naive": naive, "between": between}


def complaint() -> str:
    """Return the first error, by the alphabet, that the check of the alias `default` finds, or nothing."""
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- settings first

    errors = [str(message.msg) for message in api.task_backends["default"].check() if message.is_serious()]
    return min(errors, default="")


def enqueue_oddly(given: dict[str, dict[str, str]], through: tuple[str, str, str]) -> dict[str, dict[str, Any]]:
    """Enqueue `note` under each key with arguments of using(), and once through the backend of another alias.

    `through` has a key, the alias whose backend is called, and the alias of the task. Returns what came of each, in
    words: `noted` by key, and `through`.
    """
    noted = {key: _enqueue_with(key, changes) for key, changes in given.items()}
    return {"noted": noted, "through": _enqueue_through(*through)}


def _enqueue_with(key: str, changes: dict[str, str]) -> dict[str, str]:
    try:
        result = _note().using(**changes).enqueue(key)
    except Exception as error:  # a name may be refused with anything
        return {"refused": type(error).__name__}
    try:
        found = result.task.get_backend().get_result(result.id).task
        seen = ", ".join(str(getattr(found, name)) for name in changes)
    except Exception as error:  # where results are not kept, or the name breaks the look-up
        seen = type(error).__name__
    return {"id": str(result.id), "looked up": seen}


def _enqueue_through(key: str, called: str, alias: str) -> dict[str, str]:
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- settings first

    try:
        result = api.task_backends[called].enqueue(_note().using(backend=alias), (key,), {})
    except Exception as error:  # that it is refused is an answer
        return {"refused": type(error).__name__}
    names = {called: "the alias that was called", alias: "the alias of the task"}
    return {
        "id": str(result.id),
        "result.backend": names.get(result.backend, str(result.backend)),
        "result.task.backend": names.get(result.task.backend, str(result.task.backend)),
        "refresh()": _raised(result.refresh) or "works",
        "get_result of the backend that was called": _raised(lambda: api.task_backends[called].get_result(result.id))
        or "finds it",
    }


def enqueue_at_odd_moments(keys: dict[str, str]) -> dict[str, str]:
    """Enqueue in a signal handler, after a fork on both sides, and at exit; return what was raised, by moment."""
    said: dict[str, str] = {}
    note = _note()
    note.enqueue(keys["first"])

    def handle(*_: object) -> None:
        said["in a signal handler"] = _raised(lambda: note.enqueue(keys["in a signal handler"]))

    signal.signal(signal.SIGUSR1, handle)
    os.kill(os.getpid(), signal.SIGUSR1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, _raised(lambda: note.enqueue(keys["after a fork, child"])).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        said["after a fork, child"] = answer.read().decode()
    os.waitpid(child, 0)
    said["after a fork, parent"] = _raised(lambda: note.enqueue(keys["after a fork, parent"]))
    atexit.register(note.enqueue, keys["at exit"])
    return said


def meet_an_outage(keys: Sequence[str], signs: str, own: bool) -> dict[str, Any]:
    """Enqueue before, during and after an outage of the store; return what came of it, in words and seconds.

    In the folder `signs` a file `ready` asks for the outage, which has begun when there is `down`; `tried` asks for
    its end, which is there with `up`. With `own` the outage is this process's own: its database refuses to write.
    """
    folder = Path(signs)
    before, during, after = keys
    first = str(_note().enqueue(before).id)
    if not own:
        _meet(folder / "ready", folder / "down")
    said: dict[str, Any] = {"during": _timed(lambda: _enqueue_refused(during, own=own))}
    if not own:
        said["get_result"] = _timed(lambda: _look_up(first))
        _meet(folder / "tried", folder / "up")
    begin = time.monotonic()
    while (trouble := _raised(lambda: _enqueue_in_a_request(after))) and time.monotonic() - begin < _PATIENCE:
        time.sleep(0.2)
    said["after"] = {"raised": trouble, "seconds": round(time.monotonic() - begin, 1)}
    return said


def _enqueue_in_a_request(key: str) -> None:
    """Do as Django does around each request: it closes connections to a database that turned out to be broken."""
    from django.db import close_old_connections  # noqa: PLC0415 -- settings first

    try:
        _note().enqueue(key)
    finally:
        close_old_connections()


def _note() -> Any:
    from taskgauge.suites.conformance.tasks.basic import note  # noqa: PLC0415 -- settings first

    return note


def _look_up(result_id: str) -> str:
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- settings first

    return str(api.task_backends["default"].get_result(result_id).status)


def _enqueue_refused(key: str, *, own: bool) -> str:
    if not own:
        return str(_note().enqueue(key).id)
    from django.db import connections  # noqa: PLC0415 -- settings first

    def forbid(*, writes: str) -> None:
        for connection in connections.all():
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA query_only = {writes}")

    forbid(writes="ON")
    try:
        return str(_note().enqueue(key).id)
    finally:
        forbid(writes="OFF")


def _meet(mine: Path, theirs: Path) -> None:
    mine.touch()
    end = time.monotonic() + 2 * _PATIENCE
    while not theirs.exists() and time.monotonic() < end:
        time.sleep(_STEP)


def _raised(call: Callable[[], object]) -> str:
    try:
        call()
    except Exception as error:  # which one is the question
        return type(error).__name__
    return ""


def _timed(call: Callable[[], str]) -> dict[str, Any]:
    """Return what it returned or raised and the seconds it took; a call without end is left to itself."""
    said: dict[str, Any] = {"returned": "", "raised": "", "ended": False}

    def do() -> None:
        try:
            said["returned"] = call()
        except Exception as error:  # which one is the question
            said["raised"] = f"{type(error).__module__}.{type(error).__qualname__}"
        said["ended"] = True

    begin = time.monotonic()
    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return {**said, "seconds": round(time.monotonic() - begin, 1)}
