"""The ledger that is kept in git: sorted TOML, by Python minor, Django minor and backend version.

To accept a change, commit the file, so that a reviewer sees it. An update keeps each number of the file that is still
within its tolerance, so that the difference in git shows only what changed.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w

from taskgauge.reports.run_folder.counters import (
    FEWEST_ALIKE,
    SIZES,
    TOLERANCES,
    Counted,
    Difference,
    compare,
    only_in,
)
from taskgauge.reports.run_folder.documents import convert, write_files
from taskgauge.reports.run_folder.errors import RunFileBroken, RunFolderNewer
from taskgauge.reports.run_folder.gate_errors import LedgerFileMissing, LedgerKeyMissing

FORMAT = 1
_NUMBERS = TOLERANCES.keys() | SIZES.keys()
_HEAD = "# Counted costs of operations, written by `taskgauge ledger --update`; commit the file to accept them.\n"


class Key(NamedTuple):
    """The versions that counters depend on: `3.14`, `6.1`, and the backend, such as `django-tasks-db 0.13.0`."""

    python: str
    django: str
    backend: str

    @property
    def words(self) -> str:
        """The key as a text for users."""
        return f"{self.backend}, Django {self.django}, Python {self.python}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    keys: dict[str, dict[str, dict[str, dict[str, dict[str, Any]]]]]


type Operations = Mapping[str, Counted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The changes from the counters in the file to the counters of a new run.

    By operation, `differing` has the counters that differ, and `apart` the counters that only the run or only the file
    has. `new` and `vanished` are whole operations.
    """

    differing: Mapping[str, tuple[Difference, ...]]
    apart: Mapping[str, tuple[str, ...]]
    new: tuple[str, ...]
    vanished: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each difference, with the name of the operation; empty if there is none."""
        lines = [
            f"{operation}: {line(difference)}"
            for operation, differences in self.differing.items()
            for difference in differences
        ]
        lines += [
            f"{operation}: {', '.join(names)} counted on one side only" for operation, names in self.apart.items()
        ]
        lines += [f"{operation}: not in the file" for operation in self.new]
        return (*lines, *(f"{operation}: in the file, but not counted" for operation in self.vanished))


def line(difference: Difference) -> str:
    """Return a difference in one line: the counter, its numbers before and after, and new or vanished texts."""
    said = "; ".join(filter(None, (*difference.named, difference.reason)))
    return f"{difference.counter} {change(difference)}{': ' if said else ''}{said}"


def change(difference: Difference) -> str:
    """Return the numbers before and after: 12 -> 13."""
    return f"{difference.before:,.10g} -> {difference.after:,.10g}"


def read_ledger_file(path: Path) -> dict[Key, dict[str, Counted]]:
    """Return the counters of the file by key and operation. Raises LedgerFileMissing, RunFileBroken, RunFolderNewer."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LedgerFileMissing(path) from error
    except OSError as error:
        raise RunFileBroken(path, error.strerror or "it could not be opened") from error
    except (ValueError, RecursionError) as error:
        raise RunFileBroken(path, f"it is not valid TOML ({error})") from error
    number = document.pop("format", None)
    if not isinstance(number, int) or number < 1:
        raise RunFileBroken(path, "it has no format")
    if number > FORMAT:
        raise RunFolderNewer(path, number, FORMAT)
    keys = convert(path, {"keys": document}, _Keys).keys
    return {
        Key(python, django, backend): {operation: _loaded(path, counters) for operation, counters in operations.items()}
        for python, djangos in keys.items()
        for django, backends in djangos.items()
        for backend, operations in backends.items()
    }


def compare_with_file(path: Path, key: Key, counted: Operations, *, partial: bool = False) -> Changes:
    """Return the changes from the file to `counted`; with `partial`, operations that were not counted do not vanish.

    Raises LedgerKeyMissing if the file has no entry for this key, and the errors of `read_ledger_file`.
    """
    kept = read_ledger_file(path).get(key)
    if kept is None:
        raise LedgerKeyMissing(path, key.words)
    return Changes(
        differing={
            operation: differences
            for operation, now in counted.items()
            if operation in kept
            and (
                differences := tuple(
                    difference for difference in compare(kept[operation], now) if difference.outcome != "PASS"
                )
            )
        },
        apart={
            operation: names for operation, now in counted.items() if (names := _apart(kept.get(operation, now), now))
        },
        new=tuple(operation for operation in counted if operation not in kept),
        vanished=() if partial else tuple(operation for operation in kept if operation not in counted),
    )


def update_ledger_file(path: Path, key: Key, counted: Operations, *, partial: bool = False) -> bool:
    """Write the counters under their key, keep all other keys, and return True if the file changed.

    With `partial`, other operations of the key are kept, too; otherwise they are removed.
    Raises ReportNotWritable, RunFileBroken, RunFolderNewer.
    """
    try:
        before: str | None = path.read_text(encoding="utf-8")
        kept = read_ledger_file(path)
    except (FileNotFoundError, LedgerFileMissing):
        before, kept = None, {}
    except (OSError, UnicodeDecodeError) as error:
        raise RunFileBroken(path, str(error)) from error
    old = kept.get(key, {})
    fresh = {operation: _settled(old.get(operation), now) for operation, now in counted.items()}
    kept[key] = old | fresh if partial else fresh
    text = _written(kept)
    if text == before:
        return False
    write_files(path.parent, {path.name: text})
    return True


def _apart(kept: Counted, now: Counted) -> tuple[str, ...]:
    return (*only_in(now, kept), *only_in(kept, now))


def _loaded(path: Path, counters: dict[str, Any]) -> Counted:
    """Return the counters of the file; a single number stands for processes that all count the same."""
    whole = {
        name: [value] * FEWEST_ALIKE if name in TOLERANCES and not isinstance(value, list) else value
        for name, value in counters.items()
    }
    return convert(path, whole, Counted)


def _settled(kept: Counted | None, now: Counted) -> Counted:
    """Return the counters to write; a kept number stays if the new count is within its tolerance."""
    if kept is None:
        return now
    same = {
        difference.counter: getattr(kept, difference.counter)
        for difference in compare(kept, now)
        if difference.counter in _NUMBERS
    }
    changed = {
        difference.counter for difference in compare(kept, now) if difference.outcome in {"REGRESSION", "IMPROVEMENT"}
    }
    return replace(now, **{name: value for name, value in same.items() if name not in changed})


def _written(kept: Mapping[Key, Operations]) -> str:
    document: dict[str, Any] = {"format": FORMAT}
    for key in sorted(kept):
        backends = document.setdefault(key.python, {}).setdefault(key.django, {})
        backends[key.backend] = {operation: _plain(counted) for operation, counted in sorted(kept[key].items())}
    return _HEAD + tomli_w.dumps(document)


def _plain(counted: Counted) -> dict[str, Any]:
    """Return the counters for TOML, sorted, with a single number if all processes count the same."""
    plain = {}
    for name, value in sorted(asdict(counted).items()):
        if value is not None:
            many = name in _NUMBERS and not isinstance(value, int | float)
            alike = many and len(set(value)) == 1
            plain[name] = value[0] if alike else sorted(value) if many else value
    return plain
