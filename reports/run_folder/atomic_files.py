"""Writes the files of a report, each in one step."""

from collections.abc import Mapping
from pathlib import Path

from taskgauge.reports.run_folder.errors import ReportNotWritable


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write each text under its name, so that whoever looks sees the old file or the new one.

    Raises ReportNotWritable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            fresh = folder / f"{name}.new"
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(folder / name)
    except OSError as error:
        raise ReportNotWritable(folder, error.strerror or "it is not writable") from error
