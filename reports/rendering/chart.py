"""The content of a chart, before it is drawn: intervals on one axis, or curves over sizes.

Every value of a chart stands in the table beside it, too.
"""

from dataclasses import dataclass

LOG_WORDS = "The axis is logarithmic: each step of the grid is the same factor."
"""The sentence on a logarithmic axis."""
_WIDEST = 8.0
"""The ratio of the largest to the smallest value from which an axis is logarithmic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value with the ends of its interval; `value` is None if only the interval is shown."""

    name: str
    """The kind of the value, such as median or 99 % quantile."""
    low: float
    value: float | None
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """A row of a chart: its label and its values."""

    label: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalChart:
    """Values with their intervals on one axis; a row below the other."""

    title: str
    words: str
    """The meaning of a dot and of a line."""
    axis: str
    """The measure and its unit."""
    rows: tuple[ChartRow, ...]
    reference: float | None = None
    """A value with a line of its own, such as 1 for ratios."""

    @property
    def is_log(self) -> bool:
        """True if the values are so far apart that only a logarithmic axis shows them."""
        ends = [end for row in self.rows for mark in row.marks for end in (mark.low, mark.high)]
        return all(end > 0 for end in ends) and (self.reference is not None or max(ends) > _WIDEST * min(ends))

    @property
    def description(self) -> str:
        """The chart in sentences."""
        rows = f"{len(self.rows)} row{'' if len(self.rows) == 1 else 's'}."
        return " ".join(filter(None, (f"{self.axis}. {rows}", self.words, LOG_WORDS if self.is_log else "")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The values of an arm over sizes."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveChart:
    """Curves over sizes, with two logarithmic axes; all values are positive."""

    title: str
    words: str
    across: str
    """The size and its unit."""
    axis: str
    """The measure and its unit."""
    curves: tuple[Curve, ...]

    @property
    def description(self) -> str:
        """The chart in sentences."""
        return f"{self.axis} over {self.across}. {self.words} Both axes are logarithmic: a flat line does not grow."


type Chart = IntervalChart | CurveChart
