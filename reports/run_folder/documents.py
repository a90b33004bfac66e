"""Reads and writes the JSON files of a run folder: documents, replaced whole, and streams, which only grow."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from taskgauge.reports.run_folder.errors import ReportNotWritable, RunFileBroken, RunFolderNewer
from taskgauge.reports.run_folder.printable import NotFinite, printable

FORMAT = 2


def write_whole(path: Path, text: str) -> None:
    """Write a file in one step, so that a reader sees the old file or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8", errors="replace")
    unfinished.replace(path)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a report; a file is written in one step. Raises ReportNotWritable."""
    try:
        for name, text in files.items():
            write_whole(folder / name, text)
    except OSError as error:
        raise ReportNotWritable(folder, error.strerror or "it is not writable") from error


def write_document(path: Path, record: object) -> None:
    """Write a record as a document of the current format. Raises OSError."""
    document = {"format": FORMAT, **msgspec.to_builtins(record)}
    write_whole(path, json.dumps(document, indent=1) + "\n")


def read_json(path: Path) -> object:
    """Return the content of a JSON file. Raises RunFileBroken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunFileBroken(path, error.strerror or "it could not be opened") from error
    except (ValueError, RecursionError) as error:
        raise RunFileBroken(path, f"it is not valid JSON ({error})") from error


def read_document(path: Path) -> dict[str, Any]:
    """Return a JSON object of a format up to the current one. Raises RunFileBroken, RunFolderNewer."""
    document = read_json(path)
    if not isinstance(document, dict):
        raise RunFileBroken(path, "it is not a JSON object")
    number = document.get("format", 1)
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise RunFileBroken(path, f"its format is {number!r}")
    if number > FORMAT:
        raise RunFolderNewer(path, number, FORMAT)
    return document


def read_as[Kind](path: Path, kind: type[Kind]) -> Kind:
    """Return a document as a record; unknown keys are ignored. Raises RunFileBroken, RunFolderNewer."""
    return convert(path, read_document(path), kind)


def convert[Kind](path: Path, document: Mapping[str, Any], kind: type[Kind], where: str = "") -> Kind:
    """Return decoded JSON as a record with printable texts. Raises RunFileBroken, which names the place `where`."""
    try:
        return msgspec.convert(printable(document), kind)
    except (NotFinite, msgspec.ValidationError) as error:
        raise RunFileBroken(path, f"{where}{error}") from error


def append(path: Path, records: Iterable[object]) -> None:
    """Append a line for each record, all in one system call. Raises OSError."""
    lines = "".join(json.dumps(printable(msgspec.to_builtins(record))) + "\n" for record in records)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        file.write(lines.encode())


def read_stream[Kind](
    path: Path,
    kind: type[Kind],
    check: Callable[[Kind], str] = lambda _: "",
    current: Callable[[object], object] = lambda line: line,
) -> list[Kind]:
    """Return the records of a stream; `check` returns the fault of a record, or an empty text.

    `current` returns a line of an older format in the words of the current one.

    Raises RunFileBroken, which names the line, keeps the records before it, and says if the last line is cut short.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise RunFileBroken(path, error.strerror or "it could not be opened") from error
    records: list[Kind] = []
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            raise RunFileBroken(path, f"line {number} is cut short", before=records)
        try:
            record = msgspec.convert(current(msgspec.json.decode(line)), kind)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise RunFileBroken(path, f"line {number}: {error}", before=records) from error
        if fault := check(record):
            raise RunFileBroken(path, f"line {number}: {fault}", before=records)
        records.append(record)
    return records
