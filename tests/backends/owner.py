"""A process that starts others, says which, and ends as it is told on its standard input."""

import json
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from taskgauge.backends.descriptors.worker import WorkerProcess
from taskgauge.backends.processes.json_lines import JsonLinesProcess
from taskgauge.backends.processes.supervised_process import SupervisedProcess
from taskgauge.backends.services import started
from taskgauge.backends.services.folders import data_folder
from taskgauge.backends.services.server import Server

DAEMON = """
import os, time
if not os.fork():
    os.setsid()
    if not os.fork():
        print("ready", flush=True)
        time.sleep(60)
    os._exit(0)
os.wait()
time.sleep(60)
"""


def main(*arguments: str) -> None:
    """Start workers, or the services that are named, and tell what there is."""
    # Where this was started in the background, they may be ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    told: dict[str, Any] = {}
    kinds = [word for word in arguments if word not in {"fork", "nested"}]
    workers: list[WorkerProcess] = []
    with ExitStack() as stack:
        if kinds:
            services = stack.enter_context(started(kinds, Path("logs")))
            folders = [one._server.folder for one in services if isinstance(one._server, Server)]
            told["placeholders"] = services.placeholders
        else:
            folders = [stack.enter_context(data_folder())]
            workers = [
                WorkerProcess(
                    [sys.executable, "-c", DAEMON],
                    ready="ready",
                    environment=os.environ,
                    output=Path(f"worker-{number}.txt"),
                    folder=folders[0],
                )
                for number in range(2)
            ]
            for worker in workers:
                worker.wait_until_ready(30)
            child = [sys.executable, "-c", "import time; time.sleep(60)"]
            output = stack.enter_context(Path("child.txt").open("a+b"))
            JsonLinesProcess(child, environment=os.environ, folder=folders[0], output=output)
        if "nested" in arguments:
            inner = start_nested(Path("nested.txt"))
            folders += inner["folders"]
        told["folders"] = [str(folder) for folder in folders]
        # A daemon is nobody's child any more.
        left = [one.pid for worker in workers for one in worker.children()]
        told["processes"] = sorted({*left, *(one.pid for one in psutil.Process().children(recursive=True))})
        if "nested" in arguments:
            told["processes"] = sorted({*told["processes"], *inner["processes"]})
        if "fork" in arguments:
            told["forked"] = os.fork()
            if not told["forked"]:
                time.sleep(60)
                os._exit(0)
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        end(sys.stdin.readline().strip())


def start_nested(output: Path) -> dict[str, Any]:
    """Start another such process, which goes on until it is killed, and return what it tells."""
    stdin, _ = os.pipe()
    with output.open("wb") as file:
        SupervisedProcess([sys.executable, __file__], environment=os.environ, folder=Path(), output=file, stdin=stdin)
    while not output.read_text().endswith("\n"):
        time.sleep(0.01)
    told: dict[str, Any] = json.loads(output.read_text())
    return told


def end(way: str) -> None:
    """End in this way."""
    if way == "raise":
        raise RuntimeError("asked to")
    if way == "exit":
        os._exit(3)


if __name__ == "__main__":
    main(*sys.argv[1:])
