"""The result-type variants: Django's task objects in every proposed shape, with one interface."""

from taskgauge.suites.shapes.variants.errors import (
    VariantError,
    VariantFieldMissing,
    VariantNotImportable,
    VariantUnknown,
)
from taskgauge.suites.shapes.variants.loading import load
from taskgauge.suites.shapes.variants.names import ARMS, BASELINE, CONTROL, HEADLINE, VARIANTS
from taskgauge.suites.shapes.variants.variant import Variant

__all__ = [
    "ARMS",
    "BASELINE",
    "CONTROL",
    "HEADLINE",
    "VARIANTS",
    "Variant",
    "VariantError",
    "VariantFieldMissing",
    "VariantNotImportable",
    "VariantUnknown",
    "load",
]
