"""The real command with fake parts and no patience where asked; the driver's tests start it as a process of its own."""

import functools
import os
import sys

from taskgauge.reports.run_folder.registry import Part
from taskgauge.suites.cli import bench as command
from taskgauge.suites.cli import main as cli
from taskgauge.suites.cli.bench_part_run import Timeouts


def fake(name: str) -> Part:
    """Return the registry's entry of a fake part; one of them keeps samples."""
    files = "samples" if name == "measures" else None
    return Part(name=name, title=f"Part {name}", suite=f"fake_parts.{name}", files=files)


# The first argument names the fake parts; the rest is the command line.
command.bench = functools.partial(
    command.bench,
    all_parts=tuple(map(fake, sys.argv.pop(1).split(","))),
    timeouts=Timeouts(silence=float(os.environ.get("FAKE_PATIENCE", "120")), grace=1.0),
)
cli.main()
