"""One measured value with all that identifies it, and the plain JSON files that hold such values."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from taskgauge.reports.run_folder.errors import RunFileBroken, RunFolderNewer

FORMAT = 1

type Condition = tuple[tuple[str, str | int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One value of one arm.

    `process` says which fresh process it came from and `slice` its order inside that process; equal numbers across
    arms are pairs. `size` is the number of tasks, None where that means nothing. Times are in nanoseconds.
    """

    part: str
    measure: str
    arm: str
    value: float
    unit: str
    process: int
    slice: int = 0
    size: int | None = None
    condition: Condition = ()


def read_json(path: Path) -> object:
    """Return what the JSON file holds. Raises RunFileBroken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunFileBroken(path, error.strerror or "it could not be opened") from error
    except (ValueError, RecursionError) as error:
        raise RunFileBroken(path, f"it is no JSON ({error})") from error


def read_document(path: Path) -> Mapping[str, object]:
    """Return a JSON object whose `format` this version knows. Raises RunFileBroken, RunFolderNewer."""
    document = read_json(path)
    if not isinstance(document, dict):
        raise RunFileBroken(path, "it holds no JSON object")
    number = document.get("format", FORMAT)
    if not _is_whole(number) or number < 1:
        raise RunFileBroken(path, f"its format is {number!r}")
    if number > FORMAT:
        raise RunFolderNewer(path, number, FORMAT)
    return document


def read_samples(path: Path, part: str) -> list[Sample]:
    """Return the samples of one plain JSON file. Raises RunFileBroken, RunFolderNewer."""
    found = read_document(path).get("samples")
    if not isinstance(found, list):
        raise RunFileBroken(path, "it has no list of samples")
    return [_sample(item, f"sample {number}", path, part) for number, item in enumerate(found, 1)]


def _sample(item: object, where: str, path: Path, part: str) -> Sample:
    if not isinstance(item, dict):
        raise RunFileBroken(path, f"{where} is no object")
    condition = item.get("condition", {})
    slice_ = item.get("slice", 0)
    size = item.get("size")
    right = (
        all(isinstance(item.get(key), str) and item[key] for key in ("measure", "arm", "unit"))
        and _is_number(item.get("value"))
        and _is_whole(item.get("process"))
        and _is_whole(slice_)
        and (size is None or (_is_whole(size) and size > 0))
        and isinstance(condition, dict)
        and all(isinstance(value, str) or _is_whole(value) for value in condition.values())
    )
    if not right:
        raise RunFileBroken(path, f"{where} is not a sample")
    return Sample(
        part=part,
        measure=item["measure"],
        arm=item["arm"],
        value=float(item["value"]),
        unit=item["unit"],
        process=item["process"],
        slice=slice_,
        size=size,
        condition=tuple(sorted(condition.items())),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
