"""The real command with fake parts and no patience where asked; the driver's tests start it as a process of its own."""

import functools
import os
import sys

from taskgauge.suites.cli import bench as command
from taskgauge.suites.cli import main as cli
from taskgauge.suites.cli.bench_part_run import Patience
from taskgauge.suites.cli.bench_parts import Part

# The first argument names the fake parts; the rest is the command line.
command.bench = functools.partial(
    command.bench,
    all_parts=tuple(Part(name=name, target=f"fake_parts.{name}") for name in sys.argv.pop(1).split(",")),
    patience=Patience(silence=float(os.environ.get("FAKE_PATIENCE", "120")), grace=1.0),
)
cli.main()
