"""Percentiles, where there are enough numbers for them."""

import math
from collections.abc import Sequence

TAIL = 10
"""How many numbers have to lie beyond a percentile."""


def quantile(numbers: Sequence[int], share: float) -> int | None:
    """Return the number that `share` (0 to 1) of them do not exceed; None if there are fewer than 10 / (1 - share)."""
    # Rounded: 10 / (1 - 0.99) is a hair more than 1,000.
    if len(numbers) < round(TAIL / (1 - share), 6):
        return None
    return sorted(numbers)[math.ceil(share * len(numbers)) - 1]
