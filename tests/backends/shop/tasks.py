"""Its task, of the framework that the target belongs to."""

import os
import time
from importlib import import_module
from pathlib import Path

task = import_module(os.environ["SHOP_FRAMEWORK"]).task


@task
def note(text: str) -> str:
    """Write down who runs it, and what it was given."""
    with Path(os.environ["SHOP_NOTES"]).open("a", encoding="utf-8") as notes:
        notes.write(f"{os.getpid()} {text}\n")
    time.sleep(0.01)
    return text
