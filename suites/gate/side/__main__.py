"""The process of one side: reads requests from a pipe, one line of JSON each, and answers each in one line.

`python -m taskgauge_side READ WRITE` takes the numbers of two open pipes, so that output of the thing under test goes
to the log and not between the answers. The process ends when its driver closes the pipe or is killed.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from .refused import Refused, one_line
from .session import Session

type Request = dict[str, Any]


def main(read: int, write: int) -> None:
    """Answer requests until the pipe is closed."""
    session = Session()
    for pipe in (read, write):
        os.set_inheritable(pipe, False)
    actions: Mapping[str, Callable[..., dict[str, Any]]] = {
        "start": session.start,
        "prepare": session.prepare,
        "calibrate": session.calibrate,
        "pin": session.pin,
        "slice": session.slice,
        "extra_work": session.extra_work,
        "count": session.count,
    }
    with os.fdopen(read, encoding="utf-8") as requests, os.fdopen(write, "w", encoding="utf-8") as answers:
        for line in requests:
            request: Request = json.loads(line)
            answers.write(json.dumps(answer_to(actions[request.pop("do")], request)) + "\n")
            answers.flush()


def answer_to(action: Callable[..., dict[str, Any]], request: Request) -> dict[str, Any]:
    """Return the result of an action, or the reason of its failure, including any error of the thing under test."""
    try:
        return {"done": action(**request)}
    except Refused as refused:
        return {"refused": str(refused), "kind": refused.kind}
    except Exception as error:
        return {"refused": one_line(error), "kind": "crashes"}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
