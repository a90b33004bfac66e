"""What all tests stand on."""

import signal

from hypothesis import settings

settings.register_profile("taskgauge", deadline=None)  # a machine that is busy is no failure
settings.load_profile("taskgauge")


def pytest_configure() -> None:
    """Undo what a shell's background or `nohup` hands down: processes that tests interrupt must hear of it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
