"""Runs one part: it watches the part's processes, and records how the part ended."""

import dataclasses
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taskgauge.backends.processes.interruption import Interrupted, Interruption
from taskgauge.backends.processes.supervised_process import signal_name
from taskgauge.reports.run_folder.run_file import PartRecord, State
from taskgauge.suites.cli.bench_parts import arguments
from taskgauge.suites.cli.bench_survey import Planned, import_from, pytest_arguments
from taskgauge.suites.run_control.clock import Clock
from taskgauge.suites.run_control.display import Display, duration
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Listener
from taskgauge.suites.run_control.provenance import RunRecord
from taskgauge.suites.run_control.pytest_process import PartProcess
from taskgauge.suites.shapes.option_set import REFUSED

_POLL_SECONDS = 0.1
_PYTEST_NOTHING_COLLECTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """The seconds that a part may be silent, and the seconds that it may take to clean up."""

    silence: float = 180.0
    per_predicted_second: float = 5.0
    grace: float = 8.0

    def limit(self, predicted: float, pace: float) -> float:
        """Return the seconds of silence after which an item with this prediction counts as hung."""
        return self.silence + self.per_predicted_second * predicted * max(1.0, pace)


@dataclass(slots=True)
class PartRun:
    """Runs one part and updates its record."""

    planned: Planned
    options: Options
    record: PartRecord
    run: RunRecord
    clock: Clock
    display: Display
    interruption: Interruption
    timeouts: Timeouts
    temporary: Path
    problems: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    _item: str = ""
    _running: float = 0.0

    def execute(self) -> None:
        """Run all repetitions until a repetition does not finish; the record holds how the part ended.

        Raise Interrupted after the part's processes are gone.
        """
        begin = time.monotonic()
        self.record.state = "running"
        self.run.write("running")
        try:
            for repetition in range(self.planned.repetitions):
                self.record.state, self.record.reason = self._repetition(repetition)
                if self.record.state != "finished":
                    break
        except Interrupted as interrupted:
            self.record.state, self.record.reason = "interrupted", str(interrupted)
            raise
        finally:
            self.record.seconds = round(time.monotonic() - begin, 1)

    def _repetition(self, repetition: int) -> tuple[State, str]:
        part = self.planned.part
        options = dataclasses.replace(self.options, repetition=repetition)
        log = options.run_folder / "log" / f"{part.name}-{repetition:04d}.txt"
        process = PartProcess(
            arguments=[*arguments(part, options.run_folder, repetition), *pytest_arguments(options, [part])],
            folder=options.run_folder,
            log=log,
            progress=log.with_suffix(".jsonl"),
            temporary=self.temporary,
            import_from=import_from(options),
        )
        process.start()
        try:
            silence = self._watch(process, Listener(process.progress))
        finally:
            process.stop(self.timeouts.grace)
        if silence is not None:
            return "failed", f"hung: {self._item or 'pytest'} said nothing for {duration(silence)}"
        return self._ending(process)

    def _watch(self, process: PartProcess, listener: Listener) -> float | None:
        """Watch the process to its end; return the seconds of its silence if it hangs."""
        last_event = time.monotonic()
        while True:
            over = process.code() is not None
            self.interruption.check()
            for event in listener.news():
                last_event = time.monotonic()
                self._handle(event)
            if over:
                return None
            silent = time.monotonic() - last_event
            if silent > self.timeouts.limit(self.planned.items.get(self._item, 0.0), self.clock.pace):
                return silent
            self.display.update(self.clock.share(self._running), self.clock.left(self._running), self._doing())
            time.sleep(_POLL_SECONDS)

    def _handle(self, event: dict[str, Any]) -> None:
        predicted = self.planned.items.get(event.get("item", ""), 0.0)
        match event["event"]:
            case "started":
                self._item, self._running = event["item"], 0.0
            case "step":
                self._running = predicted * min(1.0, event["done"] / max(1, event["of"]))
            case "finished":
                self.clock.finish(predicted, event["seconds"])
                self._running = 0.0
            case "problem":
                self.problems.append(f"{event['item']}: {event['reason']}")
            case "refused":
                self.refusals.append(event["reason"])
                self.run.leave_out(f"{self.planned.part.name} {event['item']}".strip(), event["reason"])
            case "left out":
                self.run.leave_out(f"{self.planned.part.name} {event['item']}", event["reason"])
            case _:
                pass  # "collected" is for the survey

    def _doing(self) -> str:
        name = self._item.partition("::")[2].removeprefix("test_")
        return f"{self.planned.part.name} {name}".strip()

    def _ending(self, process: PartProcess) -> tuple[State, str]:
        code = process.code() or 0
        where = f"see log/{process.log.name}"
        if code == 0:
            count = len(self.refusals)
            return "finished", f"{count} items left out: the first {self.refusals[0]}" if count else ""
        if code == REFUSED and self.refusals:
            return "refused", self.refusals[-1]
        if code == _PYTEST_NOTHING_COLLECTED:
            return "not run", "nothing of it was asked for"
        if code < 0:
            return "failed", f"died of {signal_name(-code)} in {self._item or 'its start'}; {where}"
        reason = self.problems[0] if self.problems else process.explaining_line()
        more = f" and {len(self.problems) - 1} more" if len(self.problems) > 1 else ""
        return "failed", f"{reason}{more}; {where}"
