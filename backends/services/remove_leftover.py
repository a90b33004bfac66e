"""Removes a dead run's store from a server: `python -m taskgauge.backends.services.remove_leftover KIND NAME`."""

import sys

from taskgauge.backends.services.starting import CLASSES

if __name__ == "__main__":
    kind, name = sys.argv[1:]
    CLASSES[kind].remove_leftover(name)
