"""The real command, for which a target hangs that was silent for so many seconds as the first argument says."""

import sys

from taskgauge.suites.cli import main as cli
from taskgauge.suites.cli.conformance_targets import SelectedTarget
from taskgauge.suites.conformance.harness import target_run

_SECONDS = float(sys.argv.pop(1))
SelectedTarget.silence_limit = property(lambda _: _SECONDS)
target_run.PLUGINS = (*target_run.PLUGINS, "impatience")
cli.main()
