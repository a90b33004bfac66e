"""The parts of a run, in the order in which they run: the longest last, so that an interrupted run has most."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from taskgauge.suites.run_control.options import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One suite, run in pytest processes of its own."""

    name: str
    target: str
    """Package or module that pytest collects."""
    repeated: bool = False
    """Each repetition is a fresh pytest process, since its tool cannot interleave arms in one."""
    grows_with_tasks: bool = True
    """Whether it lasts longer with more tasks; else with more processes and slices."""
    plugins: tuple[str, ...] = ()
    """Pytest plugins it needs; no other is loaded."""

    def repetitions(self, scale: Scale) -> int:
        """How many pytest processes the part takes."""
        return scale.repetitions if self.repeated else 1

    def arguments(self, run_folder: Path, repetition: int) -> list[str]:
        """Return what pytest is told in this part alone."""
        if not self.repeated:
            return []
        folder = run_folder / self.name
        folder.mkdir(exist_ok=True)
        return [f"--benchmark-json={folder / f'{repetition:04d}.json'}", "--benchmark-disable-gc"]

    def holds(self, path: Path) -> bool:
        """Whether the module at this path belongs to the part."""
        spec = find_spec(self.target)
        if spec is None:
            return False
        places = spec.submodule_search_locations or [spec.origin or ""]
        return any(path.is_relative_to(Path(place).resolve()) for place in places)


PARTS = (
    Part(name="time", target="taskgauge.suites.shapes.time.test_time", grows_with_tasks=False),
    Part(name="ordering", target="taskgauge.suites.shapes.sorting", grows_with_tasks=False),
    Part(name="memory", target="taskgauge.suites.shapes.memory.test_memory"),
    Part(name="transport", target="taskgauge.suites.shapes.transport.test_transport"),
    Part(name="behaviour", target="taskgauge.suites.shapes.behaviour", grows_with_tasks=False),
    Part(name="calls", target="taskgauge.suites.calls", grows_with_tasks=False),
    Part(name="dispatch", target="taskgauge.suites.dispatch", repeated=True, plugins=("pytest_benchmark.plugin",)),
)
