"""Sends results through a pipe and back; run as `python -m taskgauge.suites.shapes.transport.pipe`."""

import gc
import multiprocessing
import random
import time
from collections.abc import Sequence
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from taskgauge.backends.processes.json_lines_child import answer_request
from taskgauge.suites.shapes.objects import FINISHED, result_of
from taskgauge.suites.shapes.operation import OperationNotApplicable, OperationWrong
from taskgauge.suites.shapes.operations import BATCH, dumped
from taskgauge.suites.shapes.variants import Variant, load

IN_FLIGHT = 16
"""Single results in the pipe at once: enough to keep both processes busy, few enough for the pipe's buffers."""
PORTION = 10 * BATCH
"""Results that exist at once; larger numbers send these results again, pickled anew each time."""
HEADER = 4
"""Bytes that a connection sends before a pickle."""
STOP, COUNT = "stop", "count"


def run(job: dict[str, Any]) -> dict[str, Any]:
    """
    Send `count` results of all `arms` in each slice, in messages of `batch` results.

    Return for each arm `rates` (results per second of wall time, there and back, a rate for each of `slices`), `bytes`
    (per result, one way) and `copies` (Task objects that exist on the other side afterwards, for `copies_of` kept
    results). `left_out` has the reasons of arms that cannot be pickled.
    """
    usable, left_out = [], {}
    for arm in job["arms"]:
        try:
            dumped(load(arm), result_of(load(arm), 0, FINISHED.name), protocol=-1)
        except OperationNotApplicable as reason:
            left_out[arm] = str(reason)
        else:
            usable.append(arm)
    if not usable:
        return {"arms": {}, "left_out": left_out}
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    other = context.Process(target=_send_back, args=(there, usable), daemon=True)
    other.start()
    there.close()
    try:
        answers = _measure(here, usable, job)
        here.send(STOP)
        other.join()
    finally:
        other.kill()
    return {"arms": answers, "left_out": left_out}


def _measure(pipe: Connection, arms: Sequence[str], job: dict[str, Any]) -> dict[str, dict[str, Any]]:
    order = list(arms)
    random.Random(job["order"]).shuffle(order)  # noqa: S311 - an order, no secret
    answers: dict[str, dict[str, Any]] = {arm: {"rates": []} for arm in arms}
    for arm in order:
        _timed(pipe, load(arm), min(job["count"], BATCH), job["batch"])
    # The collections between slices must not look at the existing messages again.
    gc.collect()
    gc.freeze()
    for number in range(job["slices"]):
        turn = number % len(order)
        for arm in order[turn:] + order[:turn]:
            answers[arm]["rates"].append(job["count"] / _timed(pipe, load(arm), job["count"], job["batch"]))
    for arm in order:
        messages = _messages(load(arm), min(job["count"], PORTION), job["batch"])
        size = sum(ForkingPickler.dumps(message).nbytes + HEADER for message in messages)
        answers[arm]["bytes"] = size / min(job["count"], PORTION)
        answers[arm]["copies"] = _copies(pipe, load(arm), job["copies_of"], job["batch"])
    return answers


def _timed(pipe: Connection, variant: Variant, count: int, batch: int) -> float:
    """Return the seconds of the messages there and back, without the time to make the messages."""
    seconds = 0.0
    portion = _messages(variant, min(count, PORTION), batch)
    for start in range(0, count, PORTION):
        messages = portion if count - start >= PORTION else _messages(variant, count - start, batch)
        gc.collect()
        gc.disable()
        begin = time.perf_counter()
        returned = _there_and_back(pipe, messages, in_flight=IN_FLIGHT if batch == 1 else 1)
        seconds += time.perf_counter() - begin
        gc.enable()
        if returned != messages:
            raise OperationWrong(
                f"{variant.arm}: the results that came back through the pipe differ from the sent results"
            )
    return seconds


@cache
def _messages(variant: Variant, count: int, batch: int) -> list[Any]:
    """Return `count` results in messages of `batch`, or single if `batch` is 1; calls return the same objects."""
    results = [result_of(variant, number, FINISHED.name) for number in range(count)]
    return results if batch == 1 else [results[at : at + batch] for at in range(0, count, batch)]


def _there_and_back(pipe: Connection, messages: Sequence[Any], in_flight: int) -> list[Any]:
    returned = []
    for number, message in enumerate(messages):
        pipe.send(message)
        if number >= in_flight - 1:
            returned.append(pipe.recv())
    while len(returned) < len(messages):
        returned.append(pipe.recv())
    return returned


def _copies(pipe: Connection, variant: Variant, count: int, batch: int) -> int:
    pipe.send((COUNT, variant.arm))
    _there_and_back(pipe, _messages(variant, count, batch), in_flight=IN_FLIGHT if batch == 1 else 1)
    pipe.send(COUNT)
    copies: int = pipe.recv()
    return copies


def _send_back(pipe: Connection, arms: Sequence[str]) -> None:
    """Run the other process: send messages back, and keep them while Task objects are counted."""
    for arm in arms:
        load(arm)
    gc.collect()
    gc.freeze()
    gc.disable()
    kept: list[Any] | None = None
    task_class: type[Any] = object
    while (message := pipe.recv()) != STOP:
        match message:
            case (str() as request, str() as arm) if request == COUNT:
                kept, task_class = [], load(arm).Task
            case str():
                pipe.send(_count_tasks(task_class, kept or []))
                kept = None
            case _:
                pipe.send(message)
                if kept is not None:
                    kept.append(message)
        del message  # freed now, so that the cost counts for this arm and not for the next arm


def _count_tasks(task_class: type[Any], kept: list[Any]) -> int:
    """Return the number of Task objects that came with the kept messages; lazy results load no Task here."""
    results = [result for message in kept for result in (message if type(message) is list else [message])]
    lazy = any(hasattr(result, "task_path") for result in results[:1])
    if not lazy:
        return len({id(result.task) for result in results})
    # gc.freeze() hides the objects from before the first message.
    return sum(type(obj) is task_class for obj in gc.get_objects())


if __name__ == "__main__":
    answer_request(run)
