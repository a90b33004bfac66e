"""Which arms take part: the ones asked for, or the suite's own choice for a verb."""

from collections.abc import Iterable, Sequence

from taskgauge.suites.run_control.options import Options
from taskgauge.suites.shapes.variants import BASELINE, CONTROL, HEADLINE, VARIANTS
from taskgauge.suites.shapes.variants.names import LAZY

EVERYONE = VARIANTS + tuple(arm for arm in HEADLINE if arm.endswith(LAZY))
"""Every variant, and the lazy arms that stand for the others."""


def with_baseline(arms: Iterable[str]) -> tuple[str, ...]:
    """Put baseline and A/A control first, and each arm once; no arms stay none, which means the suite's own choice."""
    chosen = tuple(arms)
    return tuple(dict.fromkeys((BASELINE, CONTROL, *chosen))) if chosen else ()


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
