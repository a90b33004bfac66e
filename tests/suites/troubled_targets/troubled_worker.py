"""A worker in trouble: the first argument says which, what follows is for an honest one."""

import os
import signal
import sys
import time
from pathlib import Path

from mutants import durable

MEBIBYTE = b"so much to say\n" * 2**16


def main(trouble: str) -> None:  # noqa: C901 -- a case for each trouble
    """Be troubled, and work all the same where that is possible."""
    match trouble:
        case "dies":
            sys.exit("there is no broker at all")
        case "is-never-ready":
            sys.stdout.write("still booting\n")
            sys.stdout.flush()
            time.sleep(600)
        case "is-idle":
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            time.sleep(600)
        case "is-silent":
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        case "serves-default":
            sys.argv += [] if "--queues" in sys.argv else ["--queues", "default"]
        case "tells-signals":
            durable.Durable.listen = tell_signals
        case "floods-and-dies":
            flood()
            sys.exit("out of words")
        case "floods":
            flood()
        case "leaves-children":
            leave_a_daemon()
        case "is-several":
            multiply(int(sys.argv.pop()))
    durable.main()


def tell_signals(backend: durable.Durable) -> None:
    """Print each signal, and end on SIGINT alone."""

    def hear(number: int, _frame: object) -> None:
        os.write(1, f"{signal.Signals(number).name} came\n".encode())
        if number == signal.SIGINT:
            backend.stop_working()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, hear)


def flood() -> None:
    """Print 300 MB."""
    for _ in range(300):
        os.write(1, MEBIBYTE)


def multiply(count: int) -> None:
    """Fork until there are as many processes, each of which works."""
    for _ in range(count - 1):
        if os.fork() == 0:
            break


def leave_a_daemon() -> None:
    """Start what leaves session, group and parent, and say where it is."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with Path(os.environ["TASKGAUGE_TEST_DAEMONS"]).open("a") as file:
                file.write(f"{os.getpid()}\n")
            time.sleep(600)
        os._exit(0)
    os.wait()


if __name__ == "__main__":
    main(sys.argv.pop(1))
