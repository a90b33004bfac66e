"""The real command, for which a target hangs that was silent for so many seconds as the first argument says."""

import functools
import sys

from taskgauge.suites.cli import conformance as command
from taskgauge.suites.cli import main as cli
from taskgauge.suites.conformance.harness import target_run

command.conformance = functools.partial(command.conformance, silence_limit=float(sys.argv.pop(1)))
target_run.PLUGINS = (*target_run.PLUGINS, "impatience")
cli.main()
