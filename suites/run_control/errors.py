"""Errors in the request for a run; the text of each error is one line that says what to do next."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from taskgauge.backends.errors import WrongUse


class OutNotEmpty(WrongUse):
    """The chosen run folder is not empty."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not empty: choose a new folder, so that no run is overwritten")


class OutNotWritable(WrongUse):
    """The run folder cannot be created."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder} cannot be written ({reason}): choose another folder with --out")


class OperationUnknown(WrongUse):
    """No chosen part measures what `--only` names."""

    def __init__(self, operation: str, known: Iterable[str]) -> None:
        known = sorted(known)
        near = get_close_matches(operation, known, n=3, cutoff=0.5)
        advice = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
        super().__init__(f"no chosen part measures {operation!r}: {advice}")


class SurveyFailed(Exception):
    """Pytest could not collect the suites, so nothing was started."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the suites could not be collected: {reason}")
