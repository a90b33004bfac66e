"""Sends results through a pipe to another process and back, as `python -m taskgauge.suites.shapes.transport.pipe`."""

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
from taskgauge.suites.shapes.operation import OperationWrong, VerbNotApplicable
from taskgauge.suites.shapes.operations import BATCH, dumped
from taskgauge.suites.shapes.variants import Variant, load

IN_FLIGHT = 16
"""Single results on their way at once: enough to keep both processes busy, few enough for the pipe's buffers."""
PORTION = 10 * BATCH
"""Results that exist at once; a larger number is these sent again, pickled anew each time."""
HEADER = 4
"""Bytes that a connection sends ahead of a pickle."""
STOP, COUNT = "stop", "count"


def run(job: dict[str, Any]) -> dict[str, Any]:
    """
    Send `count` results of each of the `arms` in each of `slices`, in messages of `batch` results.

    Return for each arm `rates` (results per second of wall time, there and back, one for each slice), `bytes` (per
    result, one way) and `copies` (Task objects that exist on the other side afterwards, for `copies_of` results that
    it keeps); `left_out` has the reasons of arms that cannot be pickled.
    """
    usable, left_out = [], {}
    for arm in job["arms"]:
        try:
            dumped(load(arm), result_of(load(arm), 0, FINISHED.name), protocol=-1)
        except VerbNotApplicable as reason:
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
    random.Random(job["order"]).shuffle(order)  # noqa: S311 - an order, not a secret
    answers: dict[str, dict[str, Any]] = {arm: {"rates": []} for arm in arms}
    for arm in order:
        _timed(pipe, load(arm), min(job["count"], BATCH), job["batch"])
    # The messages exist now; the collections between slices need not look at them again.
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
    """Return the seconds that the messages took there and back; making them is not timed."""
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
            raise OperationWrong(f"{variant.arm}: what came back through the pipe is not what was sent")
    return seconds


@cache
def _messages(variant: Variant, count: int, batch: int) -> list[Any]:
    """Return so many results in messages of `batch`, or single where that is 1; the same ones when asked again."""
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
    """Be the other process: send back what comes, and keep it while Task objects are counted."""
    for arm in arms:
        load(arm)
    gc.collect()
    gc.freeze()
    gc.disable()
    kept: list[Any] | None = None
    task_class: type[Any] = object
    while (message := pipe.recv()) != STOP:
        match message:
            case (str() as word, str() as arm) if word == COUNT:
                kept, task_class = [], load(arm).Task
            case str():
                pipe.send(_count_tasks(task_class, kept or []))
                kept = None
            case _:
                pipe.send(message)
                if kept is not None:
                    kept.append(message)
        del message  # freed now, at this arm's cost, and not when that of the next arm comes


def _count_tasks(task_class: type[Any], kept: list[Any]) -> int:
    """Count the Task objects that came with what was kept; what a lazy result would find is not asked for."""
    results = [result for message in kept for result in (message if type(message) is list else [message])]
    lazy = any(hasattr(result, "task_path") for result in results[:1])
    if not lazy:
        return len({id(result.task) for result in results})
    # gc.freeze() hid what was there before the first message.
    return sum(type(thing) is task_class for thing in gc.get_objects())


if __name__ == "__main__":
    answer_request(run)
