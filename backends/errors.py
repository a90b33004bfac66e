"""The base of every error that says what a user gave and Taskgauge cannot use: one line, and exit code 2."""


class WrongUse(Exception):
    """The command was given something it cannot use."""
