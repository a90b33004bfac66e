"""Percentiles of samples that are large enough for them."""

import math
from collections.abc import Sequence

TAIL = 10
"""The number of values that must lie beyond a percentile."""


def quantile(numbers: Sequence[int], share: float) -> int | None:
    """Return the quantile at `share` (0 to 1); None if there are fewer than 10 / (1 - share) numbers."""
    # Round the limit: in floating point, 10 / (1 - 0.99) is slightly more than 1,000.
    if len(numbers) < round(TAIL / (1 - share), 6):
        return None
    return sorted(numbers)[math.ceil(share * len(numbers)) - 1]
