"""All saboteurs, and what none can break."""

import importlib
import os

from saboteurs.breaking import SABOTEURS, Saboteur

FULL = os.environ.get("TASKGAUGE_SABOTEURS") == "full"
"""Whether each saboteur meets the whole suite; else only what tests the requirements that it names."""
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
    "honest",
)
EXCEPTIONS: dict[str, str] = {}
"""Requirements that no saboteur breaks, with the reason."""


def all_saboteurs() -> dict[str, Saboteur]:
    """Return every saboteur by name, in the order of definition."""
    for module in _MODULES:
        importlib.import_module(f"saboteurs.{module}")
    return SABOTEURS
