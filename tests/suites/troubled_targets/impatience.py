"""A pytest plugin of the troubled targets: what may take long in earnest is given up within seconds."""

from taskgauge.backends import worker
from taskgauge.suites.conformance import running

running.PATIENCE = 2.0
running.READY = 4.0
worker.PREPARATION = 2.0
