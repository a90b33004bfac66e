"""The choice of arms: the requested arms, or the suite's own choice for an operation."""

from collections.abc import Iterable, Sequence

from taskgauge.suites.run_control.options import Options
from taskgauge.suites.shapes.variants import BASELINE, CONTROL, HEADLINE, VARIANTS
from taskgauge.suites.shapes.variants.names import LAZY

EVERYONE = VARIANTS + tuple(arm for arm in HEADLINE if arm.endswith(LAZY))
"""Every variant, and the lazy arms that represent the other lazy arms."""


def with_baseline(arms: Iterable[str]) -> tuple[str, ...]:
    """Return the arms once each, baseline and A/A control first; without arms, return none: the suite chooses."""
    chosen = tuple(arms)
    return tuple(dict.fromkeys((BASELINE, CONTROL, *chosen))) if chosen else ()


def headline(options: Options) -> tuple[str, ...]:
    """Return the arms that are measured at full scale; with `--full`, all arms."""
    return options.arms or (EVERYONE if options.scale.name == "full" else HEADLINE)


def arms_of(options: Options, *, lazy: bool, everyone: bool) -> Sequence[str]:
    """
    Return the arms of an operation, the baseline first.

    If the user chose no arms, return every variant. Return only the headline arms in a quick run, or where not
    `everyone` takes part. Lazy arms take part only where the reference can change something (`lazy`).
    """
    if options.arms:
        chosen = options.arms
    elif options.scale.name == "full" or (everyone and options.scale.name == "default"):
        chosen = EVERYONE
    else:
        chosen = HEADLINE
    return [arm for arm in chosen if lazy or not arm.endswith(LAZY)]
