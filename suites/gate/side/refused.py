"""Why a side could not do what it was told."""


class Refused(Exception):
    """A side cannot do it; the text is one line, and `kind` a word of the gate's list of problems."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


def one_line(error: BaseException) -> str:
    """Return an exception in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:400]
