"""A process that has everything imported, and forks one child for each run of the suite that it is asked for.

It reads orders from its standard input, one JSON object a line, and answers each with the child's process id.
"""

import importlib
import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

PRELOADED = (
    "_pytest.junitxml",
    "_pytest.unraisableexception",
    "asgiref.sync",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.tasks.backends.dummy",
    "django.tasks.backends.immediate",
    "django.test",
    "hypothesis",
    "msgspec",
    "psutil",
    "pytest",
    "pytest_timeout",
    "taskgauge.backends.reference",
    "taskgauge.backends.services",
    "taskgauge.backends.descriptors.worker",
    "taskgauge.suites.conformance.plugin",
)
"""Nothing of this makes a task, or binds a name of Django's that a mutant may change."""


def main() -> None:
    """Serve until the input ends; children go on by themselves."""
    for name in PRELOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        print(child, flush=True)  # noqa: T201 -- the answer


def end_with(parent: int) -> None:
    """Wait until the zygote is gone, and end this process with its whole session."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(os.getpid(), signal.SIGKILL)


def run(order: dict[str, Any]) -> None:
    """Run pytest in the child, write its exit code into the file `code` of the folder, and end."""
    folder = Path(order["folder"])
    code = 70
    try:
        os.setsid()
        threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with (folder / "log.txt").open("wb") as log, Path(os.devnull).open("rb") as nothing:
            for number, file in enumerate((nothing, log, log)):
                os.dup2(file.fileno(), number)
        os.chdir(folder)
        os.environ.update(order["environment"])
        timeouts = importlib.import_module("taskgauge.suites.conformance.harness.timeouts")
        timeouts.TIMEOUT, timeouts.IN_PROCESS_TIMEOUTS = order["patience"], {}
        if order["patch"]:
            module, _, name = order["patch"].rpartition(".")
            getattr(importlib.import_module(module), name)()
        code = int(importlib.import_module("pytest").main(order["arguments"]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        (folder / "code.new").write_text(str(code))
        (folder / "code.new").replace(folder / "code")
        os._exit(code)


if __name__ == "__main__":
    main()
