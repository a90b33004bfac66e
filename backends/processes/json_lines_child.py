"""The child's side of JSON lines, for child processes that can import Taskgauge."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def answer_requests(begin: Callable[[Any], tuple[Any, Callable[[Any], Any]]]) -> None:
    """Answer requests as a JsonLinesProcess, until the parent closes its pipe or ends.

    `begin` takes the first request and returns two values: its answer, and the function that answers later requests.
    """
    pipes = [int(word) for word in sys.argv[-2:]]
    for pipe in pipes:
        os.set_inheritable(pipe, False)
    with os.fdopen(pipes[0], encoding="utf-8") as requests:
        first, work = begin(json.loads(requests.readline()))
        write_answer(first)
        for line in requests:
            write_answer(work(json.loads(line)))


def answer_request(work: Callable[[Any], Any]) -> None:
    """Answer requests as a JsonLinesProcess; the same function answers every request."""
    answer_requests(lambda request: (work(request), work))


def write_answer(answer: object) -> None:
    """Write an answer; only a child that ends in the middle of its work calls this itself."""
    data = json.dumps(answer).encode() + b"\n"
    while data:
        data = data[os.write(int(sys.argv[-1]), data) :]
