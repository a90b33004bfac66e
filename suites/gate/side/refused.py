"""The refusal of a request by a side."""


class Refused(Exception):
    """A side cannot fulfil a request; the text is one line, and `kind` is a kind of problem of the gate."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def one_line(error: BaseException) -> str:
    """Return an exception in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:400]
