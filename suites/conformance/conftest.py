"""Lets pytest load the suite's plugin wherever the suite is named: `pytest --pyargs taskgauge.suites.conformance`."""

from taskgauge.suites.conformance.plugin import *  # noqa: F403 -- hooks and fixtures
