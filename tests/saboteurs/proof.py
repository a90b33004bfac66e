"""All saboteurs, and what none can break."""

import importlib

from saboteurs.breaking import SABOTEURS, Saboteur

_MODULES = (
    "tasks",
    "validation",
    "backends",
    "enqueueing",
    "ordering",
    "results",
    "running",
    "django_itself",
    "workers",
)
EXCEPTIONS: dict[str, str] = {}
"""Requirements that no saboteur breaks, with the reason."""


def all_saboteurs() -> dict[str, Saboteur]:
    """Return every saboteur by name, in the order of definition."""
    for module in _MODULES:
        importlib.import_module(f"saboteurs.{module}")
    return SABOTEURS
