"""Enqueues tasks, and waits until they have run: `produce.py WAIT ALIAS:QUEUE...`."""

import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import django


def main(wait: str, *places: str) -> None:
    """Write a line for each task: its id, and what has become of it where that can be asked."""
    django.setup()
    from shop.tasks import note  # noqa: PLC0415 -- needs the settings

    results = []
    for place in places:
        alias, queue = place.split(":")
        results.append(note.using(backend=alias, queue_name=queue).enqueue(place))
    deadline = time.monotonic() + float(wait)
    while time.monotonic() < deadline and not has_run(places, results):
        time.sleep(0.02)
    lines = [f"{os.getpid()} {result.id} {state(result)}\n" for result in results]
    sys.stdout.write("".join(lines))


def has_run(places: tuple[str, ...], results: list[Any]) -> bool:
    """Whether all have left their note, and are finished as far as that can be asked."""
    notes = Path(os.environ["SHOP_NOTES"]).read_text(encoding="utf-8")
    return all(place in notes for place in places) and all(state(one) in {"SUCCESSFUL", "-"} for one in results)


def state(result: Any) -> str:
    """Return the state of a result, or a dash where the backend says none."""
    backend = result.task.get_backend()
    if not backend.supports_get_result:
        return "-"
    try:
        return str(backend.get_result(result.id).status)
    except import_module(f"{os.environ['SHOP_FRAMEWORK']}.exceptions").TaskResultDoesNotExist:
        return "unknown"


if __name__ == "__main__":
    main(*sys.argv[1:])
