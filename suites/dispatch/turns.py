"""Living sessions of several arms that dispatch tasks in turn, so that a disturbance reaches all arms alike."""

import os
from array import array
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from taskgauge.backends.descriptors.reader import CATALOG, load_target
from taskgauge.backends.processes.json_lines import ChildEnded, ChildSilent
from taskgauge.backends.processes.process_guard import temporary_folder
from taskgauge.suites.dispatch.errors import DispatchError, DispatchStalled, SessionDied, raise_described
from taskgauge.suites.dispatch.living_session import ENQUEUE, START, WARM_UP
from taskgauge.suites.shapes.fresh_process import LivingProcess

_MODULE = "taskgauge.suites.dispatch.living_session"
_SET_UP_LIMIT = 120.0
"""The seconds until a backend must be ready: its workers running, the first tasks run."""
_SECONDS_A_TASK = 0.01
"""The seconds that a task adds to the limit of its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Sessions to run: each arm dispatches `tasks` tasks in each of `turns` turns."""

    target: str
    arms: Sequence[str]
    tasks: int
    turns: int
    kind: Literal["slice", "keep"] = "slice"
    """`slice` forgets tasks after their turn, `keep` keeps them and their latencies."""
    together: bool = False
    """True if all arms have their turns at the same time, each on a processor of its own where there are enough."""
    pinned: bool = False
    """True if all sessions run on the same processor, if the system has pinning: processors differ in speed."""
    first: int = 0
    """The place in `arms` of the arm that begins the first turn; each turn begins with the next."""
    hash_seed: int = 0
    limit: float = 60.0
    """The seconds after which a turn without tasks counts as hung."""
    catalog: Path = CATALOG


@dataclass(slots=True, kw_only=True)
class Dispatched:
    """The result of one arm: seconds by turn, and nanoseconds by kept task."""

    tasks: int
    """The tasks of a turn."""
    seconds: list[float] = field(default_factory=list)
    enqueue: array[int] = field(default_factory=lambda: array("q"))
    start: array[int] = field(default_factory=lambda: array("q"))
    resident: list[int] = field(default_factory=list)
    """The resident bytes before the first turn and after each turn that keeps tasks."""

    @property
    def rates(self) -> list[float]:
        """The tasks a second by turn."""
        return [self.tasks / seconds for seconds in self.seconds]


def run_in_turns(turns: Turns, step: Callable[[int, int], None] | None = None) -> dict[str, Dispatched | DispatchError]:
    """Run fresh sessions, one an arm; return for each arm its result, or the error that ended its session.

    `step` takes the number of turns that are done, and of all turns, after each turn. No process and no file is left.
    """
    results: dict[str, Dispatched | DispatchError] = {}
    with temporary_folder("taskgauge-dispatch-") as folder, ExitStack() as stack:
        sessions = {
            arm: stack.enter_context(_Session(turns, arm, folder / f"{at}")) for at, arm in enumerate(turns.arms)
        }
        active = list(turns.arms)

        def each(arms: Sequence[str], work: Callable[[_Session], object]) -> None:
            for arm in arms:
                if arm not in results:
                    try:
                        work(sessions[arm])
                    except DispatchError as error:
                        results[arm] = error

        each(active, _Session.wait_until_ready)
        if turns.kind == "slice":
            # The first slice after the start is not counted.
            each(active, _Session.warm_up)
        for turn in range(turns.turns):
            at = (turns.first + turn) % len(active)
            order = [*active[at:], *active[:at]]
            if turns.together:
                each(order, _Session.begin_turn)
                each(order, _Session.end_turn)
            else:
                each(order, _Session.take_turn)
            if step is not None:
                step(turn + 1, turns.turns)
        each(active, _Session.stop)
        return {arm: results.get(arm, session.dispatched) for arm, session in sessions.items()}


def _processor(number: int) -> int | None:
    """Return one of the processors that this process may use, another one for the next number."""
    able = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return able[number % len(able)] if able else None


class _Session:
    """The living process of an arm."""

    def __init__(self, turns: Turns, arm: str, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._turns = turns
        self.dispatched = Dispatched(tasks=turns.tasks)
        job = {
            "source": load_target(turns.target, turns.catalog).settings_source(
                {"result_types": f"taskgauge.suites.shapes.variants:load:{arm}"}
            ),
            "arm": arm,
            "log": str(folder / "event-log"),
            "processor": _processor(turns.first) if turns.pinned else None,
            "room": WARM_UP + turns.tasks * (turns.turns + 1),
        }
        self._process = LivingProcess(_MODULE, job, hash_seed=turns.hash_seed, folder=folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()

    def wait_until_ready(self) -> None:
        """Wait until the backend is set up."""
        self.dispatched.resident.append(self._answer(_SET_UP_LIMIT, f"not ready after {_SET_UP_LIMIT:g} s")["resident"])

    def warm_up(self) -> None:
        """Take a turn that does not count."""
        self.take_turn()
        self.dispatched.seconds.clear()

    def take_turn(self) -> None:
        """Dispatch the tasks of a turn."""
        self.begin_turn()
        self.end_turn()

    def begin_turn(self) -> None:
        """Let the process dispatch the tasks of a turn, and do not wait."""
        self._process.send({"do": self._turns.kind, "tasks": self._turns.tasks})

    def end_turn(self) -> None:
        """Wait until the tasks of a turn have ended."""
        limit = self._turns.limit + self._turns.tasks * _SECONDS_A_TASK
        answer = self._answer(limit, f"{self._turns.tasks:,} tasks have not ended after {limit:g} s")
        self.dispatched.seconds.append(answer["seconds"])
        if "resident" in answer:
            self.dispatched.resident.append(answer["resident"])

    def stop(self) -> None:
        """End the workers, and read the latencies."""
        self._process.send({"do": "stop"})
        self._answer(self._turns.limit, f"the backend has not stopped after {self._turns.limit:g} s")
        self.dispatched.enqueue.frombytes((self._folder / ENQUEUE).read_bytes())
        self.dispatched.start.frombytes((self._folder / START).read_bytes())

    def _answer(self, limit: float, silent: str) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._process.receive(limit)
        except ChildSilent as error:
            raise DispatchStalled(silent) from error
        except ChildEnded as error:
            raise SessionDied(f"{error}") from error
        raise_described(answer)
        return answer
