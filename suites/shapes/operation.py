"""One operation, ready to be timed: an expression, the names it uses, and how to tell that its value is right."""

from collections.abc import Callable
from dataclasses import dataclass
from timeit import Timer
from typing import Any

from taskgauge.suites.shapes.variants import Variant

Names = dict[str, Any]


class VerbNotApplicable(Exception):
    """A variant, or this Django, cannot do what the verb asks; the text says why."""


class OperationWrong(Exception):
    """An operation gave a wrong value, so it is not timed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """
    One arm's way of doing what a verb says.

    `expression` is Python text over `names`; `holds(value)` says whether its value is right.
    """

    expression: str
    names: Names
    holds: Callable[[Any], bool]

    def check(self, arm: str) -> None:
        """Do it once; raise OperationWrong unless the value is right."""
        value = eval(self.expression, dict(self.names))  # noqa: S307 - the suite's own text
        if not self.holds(value):
            raise OperationWrong(f"{arm}: {self.expression} gave {value!r:.200}")

    def timer(self, clock: Callable[[], float], unroll: int) -> Timer:
        """
        Return a timer whose loop was compiled for this arm alone, with the names as local variables.

        The interpreter specialises code for the types it meets there, so arms must not share a loop.
        """
        return Timer(
            stmt="\n".join([self.expression] * unroll),
            setup="\n".join(f"{name} = names[{name!r}]" for name in self.names),
            timer=clock,
            globals={"names": self.names},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """
    One operation by name, for every variant.

    `prepare(variant)` gives the variant's operation or raises VerbNotApplicable. The expression counts as `operations`
    operations and stands `unroll` times in the loop, which keeps the loop's own cost out of what takes nanoseconds.
    Lazy arms take part only where the reference can change something (`lazy`); what is not for `everyone` is measured
    for the headline arms alone. `often` times as many processes measure it as others: reading an attribute takes a few
    nanoseconds, and where memory happens to lie unluckily, in one process of a hundred, three times as many; of 20
    processes one or two such do not widen the interval, of 10 one does.
    """

    name: str
    prepare: Callable[[Variant], Operation]
    operations: int = 1
    unroll: int = 1
    lazy: bool = False
    everyone: bool = True
    often: int = 1
