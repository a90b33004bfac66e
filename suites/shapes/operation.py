"""One operation, ready to be timed: an expression, its names, and a check of its value."""

from collections.abc import Callable
from dataclasses import dataclass
from timeit import Timer
from typing import Any

from taskgauge.suites.shapes.variants import Variant

Names = dict[str, Any]


class OperationNotApplicable(Exception):
    """A variant, or this Django, cannot do the operation; the text says why."""


class OperationWrong(Exception):
    """An operation returned a wrong value, so it is not timed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedOperation:
    """
    One arm's form of an operation.

    `expression` is Python text that uses `names`; `holds(value)` returns True if the value is right.
    """

    expression: str
    names: Names
    holds: Callable[[Any], bool]

    def check(self, arm: str) -> None:
        """Run the operation once; raise OperationWrong if the value is wrong."""
        value = eval(self.expression, dict(self.names))  # noqa: S307 - the suite's own text
        if not self.holds(value):
            raise OperationWrong(f"{arm}: {self.expression} gave {value!r:.200}")

    def timer(self, clock: Callable[[], float], unroll: int) -> Timer:
        """
        Return a timer whose loop is compiled for this arm alone, with the names as local variables.

        The interpreter specialises code for the types that it meets there, so arms must not share a loop.
        """
        return Timer(
            stmt="\n".join([self.expression] * unroll),
            setup="\n".join(f"{name} = names[{name!r}]" for name in self.names),
            timer=clock,
            globals={"names": self.names},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """
    One operation by name, for every variant.

    `prepare(variant)` returns the variant's form of it or raises OperationNotApplicable. The expression counts as
    `repeats` operations. It is repeated `unroll` times in the loop, so that the loop's own cost does not count in
    operations of a few nanoseconds. Lazy arms take part only where the reference can change something (`lazy`). If not
    `everyone`, only the headline arms are measured. An operation that is `on_request` is measured only in a run without
    limits, or where `--only` names it. `often` multiplies the number of measuring processes: in one process of a
    hundred, an unlucky memory layout makes the read of an attribute three times slower. One or two such processes of 20
    do not widen the interval; one of 10 does.
    """

    name: str
    prepare: Callable[[Variant], PreparedOperation]
    repeats: int = 1
    unroll: int = 1
    lazy: bool = False
    everyone: bool = True
    on_request: bool = False
    often: int = 1
