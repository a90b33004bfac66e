"""Reading the event log."""

import json
import threading
from pathlib import Path

from taskgauge.suites.conformance.event_log.reader import EventLog


def test_several_threads_look_at_once(tmp_path: Path) -> None:
    """Each record is read once, however many look while more are written."""
    path = tmp_path / "witness.jsonl"
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
