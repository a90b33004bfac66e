"""Reading the event log."""

import json
import threading
from pathlib import Path

from taskgauge.suites.conformance.event_log.reader import EventLog
from taskgauge.suites.event_log.exactly_once import account


def test_several_threads_look_at_once(tmp_path: Path) -> None:
    """Each record is read once, however many look while more are written."""
    path = tmp_path / "event_log.jsonl"
    path.touch()
    events = EventLog(path)
    troubles: list[Exception] = []
    is_over = threading.Event()

    def look() -> None:
        try:
            while not is_over.is_set():
                len(events)
        except Exception as error:
            troubles.append(error)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    with path.open("a") as file:
        for number in range(5000):
            print(json.dumps({"event": "started", "key": number}), file=file, flush=True)
    is_over.set()
    for thread in threads:
        thread.join()

    assert [] == troubles
    assert list(range(5000)) == [record["key"] for record in events.records()]


def test_lines_of_tasks_are_accounted_for(tmp_path: Path) -> None:
    """The event log of a target is judged by the same function as the journal: lost, unfinished and doubled tasks."""
    path = tmp_path / "events.jsonl"
    lines = [
        ("started", "a"),
        ("finished", "a"),
        ("started", "b"),
        ("started", "c"),
        ("started", "c"),
        ("finished", "c"),
    ]
    path.write_text(
        "".join(
            json.dumps({"event": event, "key": key, "pid": 1, "thread": 1, "at": at}) + "\n"
            for at, (event, key) in enumerate(lines, 1)
        )
    )

    accounting = account(EventLog(path).lines_of(["a", "b", "c", "d"]), 4)

    assert ((3,), (1,), (2,)) == (accounting.lost, accounting.unfinished, accounting.doubled)
