"""Reads the log into which tasks note the memory of their process."""

from pathlib import Path

from taskgauge.reports.run_folder.traces import MemoryNote
from taskgauge.suites.sessions.worker_memory.memory_log import RECORD


def read_notes(path: Path, begin: int) -> tuple[MemoryNote, ...]:
    """Return the notes of a log, with times counted from `begin`, and with processes numbered from 0."""
    content = path.read_bytes() if path.exists() else b""
    whole = content[: len(content) // RECORD.size * RECORD.size]
    rows = list(RECORD.iter_unpack(whole))
    numbers = {pid: number for number, pid in enumerate(dict.fromkeys(row[0] for row in rows))}
    return tuple(
        MemoryNote(process=numbers[pid], tasks=tasks, at=at - begin, blocks=blocks, resident_bytes=resident)
        for pid, tasks, at, blocks, resident in rows
    )
