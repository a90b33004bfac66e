"""The agents of a session: they start, get commands, give answers and end together."""

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from taskgauge.backends.processes.interruption import Interruption
from taskgauge.suites.cluster.agent import AgentPlan, fetch
from taskgauge.suites.cluster.connection import Connection, Host
from taskgauge.suites.cluster.errors import SessionFailed

_ANSWER = 120.0
"""The seconds that an agent may take for a command, beside the window of the session."""
_LOOK_SECONDS = 0.1
_GONE = {"error": "it went away"}


@dataclass(slots=True)
class Agents:
    """One agent on each host of a session."""

    connection: Connection
    noticed: Interruption
    _session: str = field(default_factory=lambda: uuid.uuid4().hex)
    _number: int = 0
    _futures: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def on(self, plans: Mapping[Host, AgentPlan]) -> Iterator[None]:
        """Keep an agent on each of these hosts, as long as the context lasts."""
        for host, plan in plans.items():
            self._futures[host.name] = self.connection.submit_agent(plan, self._session, host)
        try:
            yield
        finally:
            self.connection.end_agents(self._session, list(plans), list(self._futures.values()))

    def ask(self, hosts: Sequence[Host], do: str) -> dict[str, dict[str, Any]]:
        """Give these agents a command without arguments, and return their answers by host; raise as `ask_each` does."""
        answers: dict[str, dict[str, Any]] = {}
        self.ask_each({host: {} for host in hosts}, do, answers)
        return answers

    def ask_each(
        self,
        requests: Mapping[Host, dict[str, Any]],
        do: str,
        answers: dict[str, dict[str, Any]],
        seconds: float = 0.0,
    ) -> None:
        """Give agents a command at once, and put each answer into `answers` when it comes.

        `seconds` is the time that the command takes by itself. Raise SessionFailed for the first agent that failed,
        after the others have answered; also SchedulerGone and Interrupted.
        """
        self._number += 1
        waiting, failures = list(requests), []
        self.connection.post(requests, session=self._session, number=self._number, do=do)
        limit = _ANSWER + seconds
        deadline = time.monotonic() + limit
        while waiting:
            self.noticed.check()
            for host, answer in self._answers(waiting).items():
                waiting.remove(host)
                if error := answer.get("error"):
                    failures.append(f"{host.name}: {' '.join(str(error).split())}")
                else:
                    answers[host.name] = answer
            if waiting and time.monotonic() > deadline:
                raise SessionFailed(f"{waiting[0].name} has not answered within {limit:.0f} s")
            time.sleep(_LOOK_SECONDS)
        if failures:
            raise SessionFailed(failures[0])

    def _answers(self, waiting: Sequence[Host]) -> dict[Host, dict[str, Any]]:
        """Return the answers that have come; an agent that is gone or failed answers with the key `error`."""
        living = self.connection.living()
        present = [host for host in waiting if host.worker in living]
        answers: dict[Host, dict[str, Any]] = {host: _GONE for host in waiting if host not in present}
        values = self.connection.call(fetch, present, session=self._session, number=self._number) if present else {}
        for host in present:
            value, future = values[host.name], self._futures[host.name]
            if isinstance(value, OSError):
                # The scheduler cannot connect, and has not noticed yet that the host is gone.
                answers[host] = _GONE
            elif isinstance(value, BaseException):
                answers[host] = {"error": f"{value}"}
            elif value is not None:
                answers[host] = value
            elif future.status == "error":
                answers[host] = {"error": f"its agent failed: {future.exception()}"}
        return answers
