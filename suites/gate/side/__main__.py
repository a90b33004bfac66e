"""The process of one side: does what it is told on a pipe, one line of JSON each, and answers in one line.

`python -m taskgauge_side READ WRITE` takes the numbers of two open pipes: what the thing under test prints goes to the
log and never between the answers. It ends when its driver closes the pipe, also when the driver was killed.
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
    """Answer until the pipe is closed."""
    session = Session()
    for pipe in (read, write):
        os.set_inheritable(pipe, False)
    actions: Mapping[str, Callable[..., dict[str, Any]]] = {
        "start": session.start,
        "prepare": session.prepare,
        "calibrate": session.calibrate,
        "pin": session.pin,
        "slice": session.slice,
        "burn": session.burn,
        "count": session.count,
    }
    with os.fdopen(read, encoding="utf-8") as requests, os.fdopen(write, "w", encoding="utf-8") as answers:
        for line in requests:
            request: Request = json.loads(line)
            answers.write(json.dumps(answer_to(actions[request.pop("do")], request)) + "\n")
            answers.flush()


def answer_to(action: Callable[..., dict[str, Any]], request: Request) -> dict[str, Any]:
    """Return what the action gives, or why it could not be done; whatever the thing under test raises is its answer."""
    try:
        return {"done": action(**request)}
    except Refused as refused:
        return {"refused": str(refused), "kind": refused.kind}
    except Exception as error:
        return {"refused": one_line(error), "kind": "crashes"}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
