"""The run folder: creation and checks."""

from datetime import UTC, datetime
from pathlib import Path

from taskgauge.suites.run_control.errors import OutNotEmpty, OutNotWritable

HOME = Path(".taskgauge")
"""Taskgauge's folder, in the working directory."""


def new_run_folder(out: Path | None, commit: str) -> Path:
    """Create an empty run folder at `out`; without `out`, under `.taskgauge/runs` with a link `.taskgauge/latest`.

    Raise OutNotEmpty or OutNotWritable.
    """
    if out is not None:
        return _make(out, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{commit}"
    folder = _make(HOME / "runs" / name, exist_ok=False)
    latest = HOME / "latest"
    fresh = latest.with_name(f"latest-{name}")
    fresh.symlink_to(Path("runs") / name)
    fresh.replace(latest)  # atomic: a reader sees the old run or the new one
    return folder


def check_out(out: Path) -> None:
    """Raise OutNotEmpty or OutNotWritable if a run folder cannot be created at `out`."""
    try:
        if out.is_dir() and any(out.iterdir()):
            raise OutNotEmpty(out)
        if out.exists() and not out.is_dir():
            raise OutNotWritable(out, "it is a file")
    except OSError as error:
        raise OutNotWritable(out, error.strerror or type(error).__name__) from error


def _make(folder: Path, *, exist_ok: bool) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=exist_ok)
        if any(folder.iterdir()):
            raise OutNotEmpty(folder)
        (folder / "log").mkdir()
    except OSError as error:
        raise OutNotWritable(folder, error.strerror or type(error).__name__) from error
    return folder.resolve()
