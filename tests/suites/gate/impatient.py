"""The real command with as much patience as a test has; tests start it as a process of its own."""

import functools
import os

from taskgauge.suites.cli import gate as command
from taskgauge.suites.cli import main as cli
from taskgauge.suites.gate.processes import Timeouts

command.gate = functools.partial(command.gate, timeouts=Timeouts(step=float(os.environ.get("PATIENCE", "60"))))
cli.main()
