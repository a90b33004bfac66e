"""The parts of a run as pytest processes, in the order in which they run."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from taskgauge.reports.run_folder.declarations import PARTS as DECLARED
from taskgauge.reports.run_folder.registry import Part
from taskgauge.suites.run_control.options import Scale

HOSTS = next(part for part in DECLARED if part.name == "producers")
"""The part whose sessions run on several hosts at once: it has no pytest process, and needs a cluster."""
_LONGEST = "dispatch"
PARTS = tuple(
    sorted(
        (part for part in DECLARED if part is not HOSTS),
        key=lambda part: (part.on_request, part.name == _LONGEST),
    )
)
"""All parts of one machine. The longest of a default run comes last: an interrupted run has finished most parts.

Parts that run only where they are named come after these.
"""


def repetitions(part: Part, scale: Scale) -> int:
    """Return the number of pytest processes of a part."""
    return scale.repetitions if part.repeated else 1


def plugins(parts: Iterable[Part]) -> list[str]:
    """Return the pytest plugins that these parts need; pytest loads no others."""
    return ["pytest_benchmark.plugin"] if any(part.repeated for part in parts) else []


def arguments(part: Part, run_folder: Path, repetition: int) -> list[str]:
    """Return the pytest arguments of this part alone."""
    if not part.repeated:
        return []
    folder = run_folder / part.name
    folder.mkdir(exist_ok=True)
    return [f"--benchmark-json={folder / f'{repetition:04d}.json'}", "--benchmark-disable-gc"]


def holds(part: Part, path: Path) -> bool:
    """Return True if the module at this path belongs to the part."""
    spec = find_spec(part.suite)
    if spec is None:
        return False
    places = spec.submodule_search_locations or [spec.origin or ""]
    return any(path.is_relative_to(Path(place).resolve()) for place in places)
