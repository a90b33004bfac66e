"""Two wheels of a small backend, of which head does a known share more in `enqueue`, of one kind of work."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "suites" / "gate"))

import toys

SETTINGS = """\
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}
TASKS = {'default': {'BACKEND': 'toytasks.ToyBackend', 'QUEUES': ['default', 'second']}}
"""


_TRIALS = 6
"""Times that a size is tried; what is measured last is what is told."""
_NEAR = 0.1
"""How far off the share that was asked for a size may be, as a share of it."""
_TOO_FAR = 0.25
"""From here on it is another slow-down than the one that was asked for, and no gate is run on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of work: `unit` is a line that does `count` of it, `setup` what it needs at the end of the module."""

    unit: str
    setup: str = ""
    needs: str = ""
    whole: bool = False
    """Whether head does one unit more and base as many as make that the share; else head does any number more."""


NOTHING = "nothing"
"""The kind whose sides differ in their version alone."""
KINDS: Mapping[str, Kind] = {
    NOTHING: Kind(unit=""),
    "computing": Kind(unit="for _ in range({count}): pass"),
    "allocating": Kind(unit="[bytearray(200) for _ in range({count})]"),
    "statement": Kind(
        unit="select({count})",
        setup="""
def select(count):
    from django.db import connection

    for _ in range(count):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
""",
        whole=True,
    ),
    "round-trip": Kind(
        unit="ping({count})",
        setup="""
import os

import redis

client = redis.Redis.from_url(os.environ.get("TASKGAUGE_REDIS_URL", "redis://127.0.0.1:6379/0"))


def ping(count):
    for _ in range(count):
        client.ping()
""",
        needs="redis",
        whole=True,
    ),
    "lock": Kind(
        unit="wait({count})",
        setup="""
import threading
import time

lock, asked, held = threading.Lock(), threading.Semaphore(0), threading.Semaphore(0)


def hold():
    while True:
        asked.acquire()
        with lock:
            held.release()
            time.sleep(0.0001)


threading.Thread(target=hold, daemon=True).start()


def wait(count):
    # Each time another thread has the lock, and keeps it for a tenth of a millisecond.
    for _ in range(count):
        asked.release()
        held.acquire()
        with lock:
            pass
""",
        whole=True,
    ),
}

_TIMING = """
import json, statistics, sys, time
from importlib import import_module

from django.conf import settings

scope = {}
exec(sys.argv[1], scope)
settings.configure(**{name: value for name, value in scope.items() if name.isupper()})
import django

django.setup()
from django.tasks import task_backends

folders, clock = sys.argv[3:], getattr(time, sys.argv[2])
backends = []
for folder in folders:
    for name in [name for name in sys.modules if name.partition(".")[0] == "toytasks"]:
        del sys.modules[name]
    sys.path.insert(0, folder)
    alias = f"side-{len(backends)}" if backends else "default"
    backends.append(import_module("toytasks").ToyBackend(alias, {"QUEUES": ["default"], "OPTIONS": {}}))
    task_backends[alias] = backends[-1]
    sys.path.pop(0)
from taskgauge.suites.gate.side.work import add

# As the gate does: the method of a Task, not the backend's alone.
sides = [add.using(backend=backend.alias).enqueue for backend in backends]
found = [[] for _ in sides]
begin = clock()
for _ in range(20):
    sides[0](1001, right=2001)
loops = max(1, round(20 * 0.003 / (clock() - begin)))
for number in range(200):
    order = range(len(sides)) if number % 2 else reversed(range(len(sides)))
    for side in order:
        begin = clock()
        for _ in range(loops):
            sides[side](1001, right=2001)
        found[side].append((clock() - begin) / loops)
        backends[side].clear()
print(json.dumps([statistics.median(values[20:]) for values in found]))
"""


def timed(*folders: Path, clock: str = "perf_counter") -> list[float]:
    """Return the median seconds of one `enqueue` of the packages in these folders, taken in turns in one process."""
    words = [sys.executable, "-c", _TIMING, SETTINGS, clock, *map(str, folders)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    found: list[float] = json.loads(done.stdout)
    return found


def wheels(kind: Kind, share: float, folder: Path) -> tuple[Path, Path, float]:
    """Write base and head into a folder; return both wheels, and the share that head was measured to take longer."""
    folder.mkdir(parents=True, exist_ok=True)

    def text(count: int, version: str = "") -> dict[str, str]:
        unit = kind.unit.format(count=count) if count else "pass"
        # Or else two sides of NOTHING are the same, which a gate does not compare.
        return {"enqueueing": unit, "more": f'{kind.setup}\nVERSION = "{version}"\n'}

    def cost(count: int) -> float:
        toys.package(folder / "trial" / f"{count}", **text(count))
        return timed(folder / "trial" / f"{count}")[0]

    def seen_with(few: int, more: int) -> tuple[Path, Path, float]:
        base = toys.wheel(folder, "1.0", needs=kind.needs, **text(few, "1.0"))
        head = toys.wheel(folder, "1.1", needs=kind.needs, **text(more, "1.1"))
        pairs = [timed(folder / "1.0", folder / "1.1") for _ in range(5)]
        return base, head, median(after / before for before, after in pairs) - 1

    (folder / "pyproject.toml").write_text(
        toys.PROJECT.format(version="1.1").rpartition("settings = ")[0] + f"settings = '''{SETTINGS}'''\n"
    )
    if not kind.unit:
        return seen_with(0, 0)
    many = 20 if kind.whole else 1000
    bare = cost(0)
    unit = (cost(many) - bare) / many
    # With `whole`: base does so many units that one more is the share of all.
    few = max(1, round(1 / share - bare / unit)) if kind.whole else 0
    more = few + (1 if kind.whole else max(1, round(share * bare / unit)))
    for _ in range(_TRIALS):
        base, head, seen = seen_with(few, more)
        if abs(seen / share - 1) < _NEAR:
            break
        # Sizes found one after another are rough; those of a pair that takes turns are not.
        times = min(3.0, max(0.3, seen / share if kind.whole else share / max(seen, share / 3)))
        few, more = (max(1, round(few * times)),) * 2 if kind.whole else (few, max(1, round(more * times)))
        more += kind.whole
    if abs(seen / share - 1) > _TOO_FAR:
        sys.exit(f"head was measured to take {seen:+.1%} where {share:+.0%} was asked for: nothing to show")
    return base, head, seen
