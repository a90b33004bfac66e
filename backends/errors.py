"""The base class of errors about wrong use: the text is one line, and the exit code is 2."""


class WrongUse(Exception):
    """The user gave the command a value that it cannot use."""
