"""All mutants, and what none can break."""

import importlib
import os

from mutants.breaking import MUTANTS, Mutant

FULL = os.environ.get("TASKGAUGE_MUTANTS") == "full"
"""Whether each mutant meets the whole suite; else only what tests the requirements that it names."""
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
"""Requirements that no mutant breaks, with the reason."""


def all_mutants() -> dict[str, Mutant]:
    """Return every mutant by name, in the order of definition."""
    for module in _MODULES:
        importlib.import_module(f"mutants.{module}")
    return MUTANTS
