"""Runs a worker's module with timers around its steps: `python -m …stepped_worker MODULE WORDS`."""

import os
import runpy
import sys

from taskgauge.suites.sessions.costs.steps import install
from taskgauge.suites.sessions.project import FRAMEWORK

if __name__ == "__main__":
    install(os.environ.get(FRAMEWORK, "django.tasks"))
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
