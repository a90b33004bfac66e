"""Runs `taskgauge.reports.pages.gate.comment` under the name that workflows call it by."""

import sys

from taskgauge.reports.pages.gate.comment import main

if __name__ == "__main__":
    sys.exit(main())
