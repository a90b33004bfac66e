"""The floor of a backend that runs tasks inside enqueue(): a call of the function."""

from taskgauge.backends.floors.floor_environment import function


class FunctionCallFloor:
    """A function that is called at once."""

    def __init__(self) -> None:
        """Load the function."""
        self._call = function()

    def put(self, number: int, payload: str = "") -> None:
        """Call the function with a number."""
        del payload
        self._call(number)
