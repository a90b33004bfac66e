"""Tells the errors of the suite's own code from those of a backend."""

import traceback
from pathlib import Path

_HERE = Path(__file__).parent
_OF_OTHERS = (_HERE / "tasks", _HERE / "event_log")
"""Folders whose code a backend calls: an error there is raised to the backend first."""
_KINDS = (LookupError, AttributeError, TypeError, NameError, ArithmeticError, StopIteration)
"""The errors of wrong code. A backend can give a test a value that leads to one of them."""


def place_of_own_error(error: BaseException) -> str:
    """Return the file and line in the suite at which an error of its own was raised; empty for any other error."""
    if not isinstance(error, _KINDS):
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or error.__cause__ is not None:
        return ""
    path = Path(frames[-1].filename)
    if not path.is_relative_to(_HERE) or any(path.is_relative_to(folder) for folder in _OF_OTHERS):
        return ""
    return f"{path.name}:{frames[-1].lineno}"
