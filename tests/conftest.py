"""What all tests stand on."""

import signal


def pytest_configure() -> None:
    """Undo what a shell's background or `nohup` hands down: processes that tests interrupt must hear of it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
