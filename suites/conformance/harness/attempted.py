"""Something done ahead for several tests: what goes wrong with it is told only to those that need it."""

from collections.abc import Callable


class Attempted[T]:
    """What a call returned, or the exception that it raised."""

    def __init__(self, call: Callable[[], T]) -> None:
        """Call it at once."""
        self._value: T | None = None
        self._error: Exception | None = None
        try:
            self._value = call()
        except Exception as error:
            self._error = error

    @property
    def value(self) -> T:
        """What was returned; raises what was raised."""
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]
