"""Times the steps of an enqueue and of an execution, by timers around the real functions of Django and the driver.

Time is charged to the step that runs at the moment: when a timed function begins, the time so far goes to its caller's
step, and when it ends, to its own. So the steps add up to the whole. Timers are on and off in turn: calls without
timers show how long the whole takes by itself. The cost of the timers is measured once, and taken off.
"""

import functools
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from taskgauge.suites.sessions.costs.variables import STEPS

TURN = 25
"""The calls or tasks after which timers go on or off."""
_BATCHES, _BATCH = 100, 200
_BACKEND = "backend"
_now = time.perf_counter_ns

_FUNCTIONS = {
    "django.utils.json.normalize_json": "normalising",
    "copy.copy": "copying",
    "copy.deepcopy": "copying",
    "dataclasses.replace": "copying",
    "django.utils.crypto.get_random_string": "id",
    "uuid.uuid4": "id",
    "logging.Logger._log": "logging",
    "django.dispatch.Signal.send": "signals",
    "django.dispatch.Signal.send_robust": "signals",
    "django.db.backends.utils.CursorWrapper.execute": "driver",
    "django.db.backends.utils.CursorWrapper.executemany": "driver",
    "django.db.backends.base.base.BaseDatabaseWrapper.connect": "driver",
    "django.db.backends.base.base.BaseDatabaseWrapper._commit": "driver",
    "django.db.backends.base.base.BaseDatabaseWrapper._rollback": "driver",
    "redis.client.Redis.execute_command": "driver",
    "redis.client.Pipeline.execute": "driver",
}
"""The functions to time, with their steps, in the order in which they are imported: the first ones need no settings."""
_OF_TASKS = {
    "base.Task.__init__": "objects",
    "base.TaskResult.__init__": "objects",
    "base.Task.call": "call",
    "base.Task.get_backend": "call",
    "backends.base.BaseTaskBackend.validate_task": "validation",
}
"""The same below the package of the framework."""


class _State(threading.local):
    """The steps of one thread that run at the moment."""

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.times: dict[str, float] = {}
        """The nanoseconds of the running unit, an enqueue or an execution, by phase and step."""
        self.phase = "enqueue"
        self.last = 0
        self.is_worker = False
        self.bodies = 0
        self.body_end = 0
        self.is_executing = False
        self.executing = 0
        """The nanoseconds of an execution inside of an enqueue without timers, which are no part of the enqueue."""
        self.apart = 0
        """The nanoseconds inside of that execution that are no part of it: the body, and the signal of the enqueue."""


class Steps:
    """The times of one process; all of its threads add to them."""

    def __init__(self, folder: Path) -> None:
        """Measure the cost of the timers, and keep the times in a file of the folder."""
        self._folder = folder
        self._state = _State()
        self._on = True
        self._turns = 0
        self._rows: list[dict[str, Any]] = []
        self._inside, self._outside = self._calibrate()

    def timed(self, function: Callable[..., Any], step: str) -> Callable[..., Any]:
        """Return the function with a timer around it."""
        state = self._state

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not state.stack or not self._on:
                return function(*args, **kwargs)
            begun = len(state.stack)
            self._begin(step)
            try:
                return function(*args, **kwargs)
            finally:
                self._end(begun)

        return call

    def timed_signal(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that sends a signal; the signal of an enqueue is part of it, wherever it is sent."""
        timed = self.timed(function, "signals")
        state = self._state

        @functools.wraps(function)
        def send(signal: Any, *args: Any, **kwargs: Any) -> Any:
            if not state.is_executing or signal not in self._enqueued:
                return timed(signal, *args, **kwargs)
            if not self._on:
                begin = _now()
                try:
                    return function(signal, *args, **kwargs)
                finally:
                    state.apart += _now() - begin
                    state.executing -= _now() - begin
            self._charge()
            state.phase = "enqueue"
            try:
                return timed(signal, *args, **kwargs)
            finally:
                self._charge()
                state.phase = "execute"

        return send

    _enqueued: tuple[Any, ...] = ()

    def root(self, enqueue: Callable[..., Any]) -> Callable[..., Any]:
        """Return `Task.enqueue` as the begin and end of an enqueue."""
        state = self._state

        @functools.wraps(enqueue)
        def call(*args: Any, **kwargs: Any) -> Any:
            if state.stack:
                return enqueue(*args, **kwargs)
            was_on, state.phase, bodies, state.executing = self._on, "enqueue", state.bodies, 0
            begin = state.last = _now()
            state.stack.append("call")
            try:
                return enqueue(*args, **kwargs)
            finally:
                if was_on:
                    self._charge()
                    self._keep_steps("enqueue")
                    if state.bodies > bodies:
                        self._keep_steps("execute")
                    state.times = {}
                else:
                    self._keep_whole("enqueue", _now() - begin - state.executing)
                state.stack.clear()
                self._turn()

        return call

    def executing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that executes a task inside of an enqueue, as the begin and end of an execution."""
        state = self._state

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if not state.stack or state.is_worker:
                return function(*args, **kwargs)
            state.is_executing, state.apart = True, 0
            begin = _now()
            if self._on:
                self._charge()
                state.phase = "execute"
                state.stack.append(_BACKEND)
            try:
                return function(*args, **kwargs)
            finally:
                state.is_executing = False
                if self._on:
                    self._charge()
                    state.stack.pop()
                    state.phase = "enqueue"
                else:
                    taken = _now() - begin
                    self._keep_whole("execute", taken - state.apart)
                    state.executing += taken

        return call

    def body(self, function: Callable[[], None]) -> None:
        """Run the body of a task; in a worker it is also the end of one execution and the begin of the next."""
        state = self._state
        if not state.stack:
            # The first task of a worker, which has no begin.
            state.is_worker, state.phase = True, "execute"
            state.stack.append(_BACKEND)
        elif state.is_worker:
            self._end_cycle()
        elif self._on:
            self._charge()
        state.bodies += 1
        begin = _now()
        function()
        state.last = state.body_end = _now()
        state.apart += state.last - begin

    def _end_cycle(self) -> None:
        state = self._state
        if self._on:
            self._charge()
            self._keep_steps("execute")
            state.times = {}
        else:
            self._keep_whole("execute", _now() - state.body_end)
        self._turn()

    def _turn(self) -> None:
        self._turns += 1
        if self._turns % TURN == 0:
            self._on = not self._on
            # Frames that are open now have begun without timers, or will end without them.
            self._state.stack[:] = self._state.stack[:1]
            self.write()

    def _keep_steps(self, phase: str) -> None:
        mine = {key.partition(" ")[2]: time for key, time in self._state.times.items() if key.startswith(phase)}
        self._rows.append({"phase": phase, "steps": mine, "whole": sum(mine.values())})

    def _keep_whole(self, phase: str, nanoseconds: float) -> None:
        self._rows.append({"phase": phase, "steps": None, "whole": nanoseconds})

    def _begin(self, step: str) -> None:
        state = self._state
        now = _now()
        key = f"{state.phase} {state.stack[-1]}"
        state.times[key] = state.times.get(key, 0) + now - state.last - self._outside
        state.stack.append(step)
        state.last = _now()

    def _end(self, begun: int) -> None:
        state = self._state
        if len(state.stack) <= begun:
            return  # the timers were off for a while in between
        now = _now()
        key = f"{state.phase} {state.stack[-1]}"
        state.times[key] = state.times.get(key, 0) + now - state.last - self._inside
        del state.stack[begun:]
        state.last = _now()

    def _charge(self) -> None:
        state = self._state
        now = _now()
        if self._on and state.stack:
            key = f"{state.phase} {state.stack[-1]}"
            state.times[key] = state.times.get(key, 0) + now - state.last
        state.last = _now()

    def _calibrate(self) -> tuple[float, float]:
        """Return the nanoseconds that a timer adds to its own step, and to its caller's: medians over batches."""
        self._inside = self._outside = 0.0

        def nothing() -> None:
            pass

        timed = self.timed(nothing, "inside")
        state = self._state
        inside, outside = [], []
        for _ in range(_BATCHES):
            begin = _now()
            for _ in range(_BATCH):
                nothing()
            # The bare call, with its step of the loop, is half inside and half outside.
            half = (_now() - begin) / _BATCH / 2
            state.times = {}
            state.stack.append("outside")
            state.last = _now()
            for _ in range(_BATCH):
                timed()
            self._charge()
            state.stack.clear()
            inside.append(state.times["enqueue inside"] / _BATCH - half)
            outside.append(state.times["enqueue outside"] / _BATCH - half)
        state.times = {}
        return max(0.0, median(inside)), max(0.0, median(outside))

    def write(self) -> None:
        """Append the units so far to the file of this process."""
        rows, self._rows = self._rows, []
        with (self._folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row)}\n" for row in rows)


_steps: Steps | None = None


def install(framework: str) -> None:
    """Put timers around the functions if the environment names a folder; call it before the framework is imported."""
    global _steps  # noqa: PLW0603 -- a process has one record
    folder = os.environ.get(STEPS)
    if folder is None or _steps is not None:
        return
    steps = _steps = Steps(Path(folder))
    for path, step in _FUNCTIONS.items():
        wrap = steps.timed_signal if step == "signals" else functools.partial(steps.timed, step=step)
        _replace(path, wrap)
    for path, step in _OF_TASKS.items():
        _replace(f"{framework}.{path}", functools.partial(steps.timed, step=step))
    _replace(f"{framework}.base.Task.enqueue", steps.root)
    _replace(f"{framework}.backends.immediate.ImmediateBackend._execute_task", steps.executing)
    _replace("taskgauge.backends.reference.life_cycle.run", steps.executing)
    _replace("taskgauge.backends.reference.life_cycle.new_id", functools.partial(steps.timed, step="id"))
    signals: Any = import_module(f"{framework}.signals")
    steps._enqueued = (signals.task_enqueued,)  # noqa: SLF001 -- its own module


def time_backend(backend: type[Any]) -> None:
    """Time the methods of a backend's class: its own `enqueue`, and its own validation if it has one."""
    if _steps is None:
        return
    for name, step in (("enqueue", _BACKEND), ("validate_task", "validation")):
        if name in vars(backend):
            setattr(backend, name, _steps.timed(getattr(backend, name), step))


def body(function: Callable[[], None]) -> None:
    """Run the body of a task, apart from the steps around it if they are timed."""
    if _steps is None:
        function()
    else:
        _steps.body(function)


def _replace(path: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace a function or method at its place, and where modules have imported it; do nothing if it is missing."""
    names = path.split(".")
    for count in range(len(names) - 1, 0, -1):
        with suppress(ImportError):
            owner: Any = import_module(".".join(names[:count]))
            break
    else:
        return
    for name in names[count:-1]:
        owner = getattr(owner, name, None)
    function = getattr(owner, names[-1], None)
    if function is None:
        return
    wrapped = wrap(function)
    setattr(owner, names[-1], wrapped)
    if not isinstance(owner, type):
        for module in list(sys.modules.values()):
            if vars(module).get(names[-1]) is function:
                setattr(module, names[-1], wrapped)
