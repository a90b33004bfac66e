"""Loads an arm by its name, or a user's own variant."""

import difflib
from functools import cache

from taskgauge.suites.shapes.variants.brought import bring
from taskgauge.suites.shapes.variants.build import from_django, from_form
from taskgauge.suites.shapes.variants.errors import VariantUnknown
from taskgauge.suites.shapes.variants.forms import attrs_form, dataclass_form, msgspec_form, namedtuple_form
from taskgauge.suites.shapes.variants.handwritten import handwritten_form
from taskgauge.suites.shapes.variants.names import ARMS, BASELINE, CONTROL, LAZY, modules_of
from taskgauge.suites.shapes.variants.variant import Variant

FORMS = {
    "dataclass": dataclass_form(frozen=False, slots=False),
    "frozen-dataclass": dataclass_form(frozen=True, slots=False),
    "slots-dataclass": dataclass_form(frozen=False, slots=True),
    "frozen-slots-dataclass": dataclass_form(frozen=True, slots=True),
    "namedtuple": namedtuple_form(),
    "class": handwritten_form(slots=False),
    "slots-class": handwritten_form(slots=True),
    "attrs": attrs_form(frozen=False),
    "frozen-attrs": attrs_form(frozen=True),
    "msgspec": msgspec_form(gc=True),
    "msgspec-no-gc": msgspec_form(gc=False),
}


@cache
def load(arm: str) -> Variant:
    """
    Return the variant of an arm: `today`, `namedtuple-lazy`, or `package.module:NAME` for a user's own variant.

    Django's settings must be configured. Raise VariantUnknown, VariantNotImportable or VariantFieldMissing.
    """
    if ":" in arm:
        return bring(arm)
    check_name(arm)
    name, reference = (arm.removesuffix(LAZY), "lazy") if arm.endswith(LAZY) else (arm, "eager")
    modules = modules_of(arm)
    if reference == "eager" and name in {BASELINE, CONTROL}:
        return from_django(name, modules, again=name == CONTROL)
    # Django's own shape with a lazy reference differs from Django's source, so it is built from a form.
    form = FORMS["frozen-slots-dataclass" if name == BASELINE else name]
    return from_form(name, reference, form, modules)


def check_name(arm: str) -> None:
    """Raise VariantUnknown, with the nearest name, if no arm has this name; a user's own variants are not checked."""
    if ":" in arm or arm in ARMS:
        return
    near = difflib.get_close_matches(arm, ARMS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(ARMS)}."
    raise VariantUnknown(f"no variant is called {arm!r}; {hint} Your own is written package.module:NAME.")
