"""Remote calls of producers: functions that enqueue tasks in another process, as `…producer_calls:NAME`."""

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
_CALL_TIMEOUT = 60.0
"""Seconds that a call may take while the store is down."""


def path(name: str) -> str:
    """Return the path of a function of this module, as `TargetHarness.run_in_subprocess` takes it."""
    return f"taskgauge.suites.conformance.remote_calls.producer_calls:{name}"


def enqueue_notes(keys: Sequence[str]) -> dict[str, str]:
    """Enqueue `note` with each key; return the ids of the accepted tasks, by key."""
    accepted = {}
    for key in keys:
        # A store may refuse tasks under load; a refused task is not lost.
        with contextlib.suppress(Exception):
            accepted[key] = str(_note().enqueue(key).id)
    return accepted


def enqueue_probe(key: str, queue: str, alias: str, gate: str) -> str:
    """Enqueue a task of an alias that waits until the file exists; return its id."""
    from taskgauge.suites.conformance.tasks.basic import wait  # noqa: PLC0415 -- needs the settings

    return str(wait.using(queue_name=queue, backend=alias).enqueue(key, gate).id)


def tell_enqueued_at(key: str) -> dict[str, Any]:
    """Enqueue `note`; return whether `enqueued_at` is naive and lies between the moments before and after the call."""
    from django.utils import timezone  # noqa: PLC0415 -- settings first

    before = timezone.now()
    enqueued_at = _note().enqueue(key).enqueued_at
    after = timezone.now()
    naive = enqueued_at is not None and timezone.is_naive(enqueued_at)
    between = naive and before - ROUNDING <= enqueued_at <= after + ROUNDING
    return {"seen": repr(enqueued_at), "naive": naive, "between": between}


def complaint() -> str:
    """Return the alphabetically first error from the check of the alias `default`, or an empty text."""
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- settings first

    errors = [str(message.msg) for message in api.task_backends["default"].check() if message.is_serious()]
    return min(errors, default="")


def enqueue_oddly(
    changes_by_key: dict[str, dict[str, str]], through: tuple[str, str, str]
) -> dict[str, dict[str, Any]]:
    """Enqueue `note` with each key and its arguments of using(), and once through the backend of another alias.

    `through` has a key, the alias whose backend is called, and the alias of the task. Returns the outcomes in words:
    `noted` by key, and `through`.
    """
    noted = {key: _enqueue_with(key, changes) for key, changes in changes_by_key.items()}
    return {"noted": noted, "through": _enqueue_through(*through)}


def _enqueue_with(key: str, changes: dict[str, str]) -> dict[str, str]:
    try:
        result = _note().using(**changes).enqueue(key)
    except Exception as error:  # a backend may refuse a name with any exception
        return {"refused": type(error).__name__}
    try:
        task = result.task.get_backend().get_result(result.id).task
        seen = ", ".join(str(getattr(task, name)) for name in changes)
    except Exception as error:  # if results are not kept, or the name breaks the look-up
        seen = type(error).__name__
    return {"id": str(result.id), "looked up": seen}


def _enqueue_through(key: str, called: str, alias: str) -> dict[str, str]:
    from taskgauge.suites.conformance import framework as api  # noqa: PLC0415 -- settings first

    try:
        result = api.task_backends[called].enqueue(_note().using(backend=alias), (key,), {})
    except Exception as error:  # a refusal is an answer
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
    """Enqueue in a signal handler, in parent and child after a fork, and at exit; return the exceptions by moment."""
    raised: dict[str, str] = {}
    note = _note()
    note.enqueue(keys["first"])

    def handle(*_: object) -> None:
        raised["in a signal handler"] = _raised(lambda: note.enqueue(keys["in a signal handler"]))

    signal.signal(signal.SIGUSR1, handle)
    os.kill(os.getpid(), signal.SIGUSR1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, _raised(lambda: note.enqueue(keys["after a fork, child"])).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        raised["after a fork, child"] = answer.read().decode()
    os.waitpid(child, 0)
    raised["after a fork, parent"] = _raised(lambda: note.enqueue(keys["after a fork, parent"]))
    atexit.register(note.enqueue, keys["at exit"])
    return raised


def meet_an_outage(keys: Sequence[str], signs: str, own: bool) -> dict[str, Any]:
    """Enqueue before, during and after an outage of the store; return the outcomes in words and seconds.

    The caller and this function meet through files in the folder `signs`. This function writes `ready` to ask for the
    outage, and `tried` to ask for its end. The caller answers with `down` and `up`. With `own`, there is no caller:
    this process makes its own database refuse to write.
    """
    folder = Path(signs)
    before, during, after = keys
    first = str(_note().enqueue(before).id)
    if not own:
        _meet(folder / "ready", folder / "down")
    outcomes: dict[str, Any] = {"during": _timed(lambda: _enqueue_refused(during, own=own))}
    if not own:
        outcomes["get_result"] = _timed(lambda: _look_up(first))
        _meet(folder / "tried", folder / "up")
    begin = time.monotonic()
    while (trouble := _raised(lambda: _enqueue_in_a_request(after))) and time.monotonic() - begin < _CALL_TIMEOUT:
        time.sleep(0.2)
    outcomes["after"] = {"raised": trouble, "seconds": round(time.monotonic() - begin, 1)}
    return outcomes


def _enqueue_in_a_request(key: str) -> None:
    """Enqueue as in a request: Django closes broken database connections after each request."""
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
    end = time.monotonic() + 2 * _CALL_TIMEOUT
    while not theirs.exists() and time.monotonic() < end:
        time.sleep(_STEP)


def _raised(call: Callable[[], object]) -> str:
    try:
        call()
    except Exception as error:  # its class is the answer
        return type(error).__name__
    return ""


def _timed(call: Callable[[], str]) -> dict[str, Any]:
    """Return the value or exception of a call and the seconds it took; leave a call that does not end alone."""
    outcome: dict[str, Any] = {"returned": "", "raised": "", "ended": False}

    def do() -> None:
        try:
            outcome["returned"] = call()
        except Exception as error:  # its class is the answer
            outcome["raised"] = f"{type(error).__module__}.{type(error).__qualname__}"
        outcome["ended"] = True

    begin = time.monotonic()
    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    thread.join(_CALL_TIMEOUT)
    return {**outcome, "seconds": round(time.monotonic() - begin, 1)}
