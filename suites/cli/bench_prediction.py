"""How long a part will take, from the durations of an earlier run that the package carries.

`python -m taskgauge.suites.cli.bench_prediction RUN…` records them anew, one run folder for each scale.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from taskgauge.suites.cli.bench_parts import PARTS, Part
from taskgauge.suites.run_control.options import Options, Scale

FILE = Path(__file__).with_name("durations.json")
_GROWS_WITH = ("tasks", "processes", "slices", "slice_seconds")
_SIZED = re.compile(r"(?P<name>.*-)(?P<size>\d+)\]")
_UNKNOWN_ITEM = 3.0
"""Seconds, for an item that no earlier run knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What an earlier run of one scale took: seconds by part and item, and the numbers it ran with."""

    scale: Mapping[str, Any]
    arms: int
    items: Mapping[str, Mapping[str, float]]

    def seconds(self, part: Part, item: str, options: Options) -> float:
        """Seconds that one item will take in one repetition."""
        known = self.items.get(part.name, {})
        sized = _by_size(item, known)
        if sized is not None:
            return sized
        recorded = known.get(item, median(known.values()) if known else _UNKNOWN_ITEM)
        return recorded * self._growth(part, options)

    def _growth(self, part: Part, options: Options) -> float:
        scale = options.scale
        if part.grows_with_tasks:
            return scale.tasks / float(self.scale["tasks"])
        slices = float(self.scale["processes"] * self.scale["slices"] * self.scale["slice_seconds"])
        arms = len(options.arms) / self.arms if options.arms and self.arms else 1.0
        return scale.processes * scale.slices * scale.slice_seconds / slices * arms


def _by_size(item: str, known: Mapping[str, float]) -> float | None:
    """Return the seconds of an item whose name ends in its size: its own, or the largest one's in proportion."""
    wanted = _SIZED.fullmatch(item)
    if wanted is None:
        return None
    sized = [(other, seconds) for name, seconds in known.items() if (other := _SIZED.fullmatch(name))]
    found = {int(other["size"]): seconds for other, seconds in sized if other["name"] == wanted["name"]}
    if not found:
        # An arm that no run knows is taken for as slow as the slowest of its test.
        test = wanted["name"].partition("[")[0]
        alike = sorted(
            (seconds, int(other["size"])) for other, seconds in sized if other["name"].startswith(f"{test}[")
        )
        found = {size: seconds for seconds, size in alike}
    if not found:
        return None
    size = int(wanted["size"])
    return found.get(size, found[max(found)] * size / max(found))


def recorded(scale: Scale, file: Path = FILE) -> Recorded:
    """Return the durations recorded at this scale; without any, every item counts the same."""
    document = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    found = document.get(scale.name) or {"scale": dataclass_numbers(scale), "arms": 0, "items": {}}
    return Recorded(scale=found["scale"], arms=found["arms"], items=found["items"])


def dataclass_numbers(scale: Scale) -> dict[str, float]:
    """Return the numbers of a scale that durations grow with."""
    return {name: getattr(scale, name) for name in _GROWS_WITH}


def record(run_folders: Sequence[Path], file: Path = FILE) -> None:
    """Write the durations of these runs, each under the name of its scale; other scales stay as they are."""
    document = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for folder in run_folders:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        items = {part.name: durations(folder, part) for part in PARTS}
        document[run["options"]["scale"]["name"]] = {
            "scale": {name: run["options"]["scale"][name] for name in _GROWS_WITH},
            "arms": len(run["options"]["arms"]) or len(list((folder / "time").glob("*.json"))),
            "items": {name: known for name, known in items.items() if known},
        }
    file.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def durations(run_folder: Path, part: Part) -> dict[str, float]:
    """Read the median seconds of each item of a part from the part's own progress."""
    seen: dict[str, list[float]] = {}
    for file in sorted((run_folder / "log").glob(f"{part.name}-*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["event"] == "finished":
                seen.setdefault(event["item"], []).append(event["seconds"])
    return {item: round(median(seconds), 2) for item, seconds in sorted(seen.items())}


if __name__ == "__main__":
    record([Path(argument) for argument in sys.argv[1:]])
