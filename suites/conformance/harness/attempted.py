"""An action that several tests need: its exception is raised only in the tests that use its value."""

from collections.abc import Callable


class Attempted[T]:
    """The value that a call returned, or the exception that it raised."""

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
        """The returned value; raises the exception of the call."""
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]
