"""The size of a calls run: concurrencies, and the slices at each of them."""

from taskgauge.suites.run_control.options import Scale

CONCURRENCIES = (1, 10, 100, 1_000)
QUICK_CONCURRENCIES = (1, 10, 100)
FEW = 10
"""Up to this concurrency a round is short, so a process measures several slices."""


def slices_of(scale: Scale) -> dict[str, int]:
    """Return the number of slices of each arm, by concurrency (as text, for JSON)."""
    if scale.name == "quick":
        return dict.fromkeys(map(str, QUICK_CONCURRENCIES), 1)
    several = max(1, scale.slices // 15)
    return {str(concurrency): several if concurrency <= FEW else 1 for concurrency in CONCURRENCIES}
