"""Which arms take part: the ones asked for, or the suite's own choice for a verb."""

from collections.abc import Sequence

from taskgauge.suites.options import Options
from taskgauge.suites.variants import HEADLINE, VARIANTS
from taskgauge.suites.variants.names import LAZY

EVERYONE = VARIANTS + tuple(arm for arm in HEADLINE if arm.endswith(LAZY))
"""Every variant, and the lazy arms that stand for the others."""


def headline(options: Options) -> tuple[str, ...]:
    """Return the arms that are measured at full scale: with every limit lifted, all."""
    return options.arms or (EVERYONE if options.scale.name == "full" else HEADLINE)


def arms_of(options: Options, *, lazy: bool, everyone: bool) -> Sequence[str]:
    """
    Return the arms of a verb, the baseline first.

    Without a choice of the user's: every variant, or the headline arms where not `everyone` takes part and in a quick
    run; lazy arms only where the reference can change something.
    """
    if options.arms:
        chosen = options.arms
    elif options.scale.name == "full" or (everyone and options.scale.name == "default"):
        chosen = EVERYONE
    else:
        chosen = HEADLINE
    return [arm for arm in chosen if lazy or not arm.endswith(LAZY)]
