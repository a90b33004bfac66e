"""The connection to a Dask scheduler and its hosts; the only module of the driver that imports Dask."""

import contextlib
import logging
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from taskgauge.backends.processes.interruption import Interruption
from taskgauge.reports.run_folder.traces import ClockOffset
from taskgauge.suites.cluster.address import Address
from taskgauge.suites.cluster.agent import AgentPlan, monotonic_ns, post, run_agent
from taskgauge.suites.cluster.errors import (
    CertificateMissing,
    DaskMissing,
    HostGone,
    NoHosts,
    SchedulerGone,
    SchedulerNotReached,
)
from taskgauge.suites.cluster.host_facts import difference, host_facts
from taskgauge.suites.cluster.job import Job
from taskgauge.suites.cluster.job_runner import run_job, stop_run
from taskgauge.suites.cluster.local_workers import local_workers

_CONNECT = 10.0
"""The seconds in which a scheduler must answer."""
_WORKERS = 60.0
"""The seconds in which the first worker, or all of `local:N`, must have joined."""
_CLOSE = 5.0
_LOOK_SECONDS = 0.1
_PINGS = 20
_AGENTS_END = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A machine with a Dask worker that runs one job at a time."""

    name: str
    """The name in reports."""
    worker: str
    """The address of its Dask worker."""
    machine: str
    """The identity of the running kernel: two hosts with the same one share their processors."""


@dataclass(slots=True)
class Connection:
    """A scheduler with its hosts."""

    address: str
    hosts: tuple[Host, ...]
    left_out: tuple[tuple[str, str], ...]
    """The hosts that are not used, each with the reason."""
    _client: Any
    _run: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def on_one_machine(self) -> tuple[tuple[str, ...], ...]:
        """The names of hosts that share the processors of one machine, in groups."""
        groups: dict[str, list[str]] = {}
        for host in self.hosts:
            groups.setdefault(host.machine, []).append(host.name)
        return tuple(tuple(names) for names in groups.values() if len(names) > 1)

    def submit(self, job: Job, host: Host) -> Any:
        """Start a job on a host and on no other; return its future."""
        return self._client.submit(
            run_job,
            job,
            self._run,
            host.name,
            workers=[host.worker],
            allow_other_workers=False,
            pure=False,
            key=f"taskgauge-{self._run}-{job.name}",
        )

    def submit_agent(self, plan: AgentPlan, session: str, host: Host) -> Any:
        """Start an agent on a host, which stays there for a session; return its future."""
        return self._client.submit(
            run_agent,
            plan,
            session,
            workers=[host.worker],
            allow_other_workers=False,
            pure=False,
            key=f"agent-{session}-{host.name}",
        )

    def end_agents(self, session: str, hosts: Sequence[Host], futures: Sequence[Any]) -> None:
        """Let agents end, and wait until they have, for 30 seconds at most."""
        with contextlib.suppress(SchedulerGone):
            self.post({host: {} for host in hosts}, session=session, number=0, do="close")
            deadline = time.monotonic() + _AGENTS_END
            while time.monotonic() < deadline and any(
                future.status == "pending" and host.worker in self.living()
                for future, host in zip(futures, hosts, strict=True)
            ):
                time.sleep(_LOOK_SECONDS)
        for future in futures:
            future.cancel()

    def post(self, requests: Mapping[Host, dict[str, Any]], *, session: str, number: int, do: str) -> None:
        """Give a command to the agents of these hosts, each with its arguments. Raises SchedulerGone."""
        living = self.living()
        # A message to a host that is gone would wait for a connection.
        if present := [host for host in requests if host.worker in living]:
            arguments = {host.worker: requests[host] for host in present}
            self.call(post, present, session=session, number=number, do=do, arguments=arguments)

    def clock_offset(self, host: Host) -> ClockOffset:
        """Return the difference of a host's monotonic clock to this machine's. Raises SchedulerGone, HostGone.

        Of 20 messages there and back, the quickest counts.
        """
        offsets = []
        for _ in range(_PINGS):
            before = time.monotonic_ns()
            theirs = self.call(monotonic_ns, [host])[host.name]
            after = time.monotonic_ns()
            if not isinstance(theirs, int):
                raise HostGone(host.name)
            offsets.append(ClockOffset(ns=theirs - (before + after) // 2, error=(after - before) // 2))
        return min(offsets, key=lambda offset: offset.error)

    def call(self, function: Any, hosts: Sequence[Host], /, **arguments: Any) -> dict[str, Any]:
        """Run a short function on hosts, also while they run a job; return its values by host. Raises SchedulerGone."""
        try:
            values: Mapping[str, Any] = self._client.run(
                function, workers=[host.worker for host in hosts], on_error="return", **arguments
            )
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            raise SchedulerGone from error
        return {host.name: values.get(host.worker) for host in hosts}

    def living(self) -> set[str]:
        """Return the addresses of the workers that the scheduler has now. Raises SchedulerGone."""
        if self._client.status != "running":
            raise SchedulerGone
        try:
            return set(self._client.scheduler_info(n_workers=-1)["workers"])
        except (OSError, TimeoutError, RuntimeError) as error:
            raise SchedulerGone from error

    def stop(self) -> None:
        """Let the jobs of this run end on all hosts, as after Ctrl-C."""
        with contextlib.suppress(SchedulerGone):
            living = self.living()
            self.call(stop_run, [host for host in self.hosts if host.worker in living], run=self._run)


@contextmanager
def connected(address: Address, noticed: Interruption) -> Iterator[Connection]:
    """Yield the hosts of a cluster; its own workers end with the context, and jobs that still run are no longer wanted.

    Raises DaskMissing, CertificateMissing, SchedulerNotReached, NoHosts, LocalClusterNotStarted and Interrupted.
    """
    with ExitStack() as stack:
        # The import takes a second, in which the processes start.
        started = stack.enter_context(local_workers(address.workers, noticed)) if address.workers else None
        try:
            import distributed  # noqa: PLC0415 -- optional
        except ImportError as error:
            raise DaskMissing(str(error)) from error
        # What Dask says about lost connections and other versions, this package says in one line.
        loggers = [name for name in logging.root.manager.loggerDict if name.startswith("distributed.")]
        for name in ("distributed", *loggers):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)
        place = started() if started else address.text
        open_client: Any = distributed.Client
        make_security: Any = distributed.Security
        try:
            # The workers of `local:N` speak plain TCP on loopback, whatever is required elsewhere.
            security = make_security(require_encryption=False) if address.workers else make_security()
            if place.startswith("tls:") and not security.get_connection_args("client")["ssl_context"]:
                # A client without a certificate would try for long.
                raise CertificateMissing(place)
            client = open_client(place, timeout=_CONNECT, set_as_default=False, security=security)
        except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
            raise SchedulerNotReached(address.text, " ".join(str(error).split()) or type(error).__name__) from error
        stack.callback(_close, client)
        _await_workers(client, address, noticed)
        hosts, left_out = _hosts(client, is_local=bool(address.workers))
        if not hosts:
            raise NoHosts(address.text, [f"{name}: {reason}" for name, reason in left_out])
        yield Connection(address=address.text, hosts=tuple(hosts), left_out=tuple(left_out), _client=client)


def _close(client: Any) -> None:
    with contextlib.suppress(OSError, TimeoutError, RuntimeError):
        client.close(timeout=_CLOSE)


def _await_workers(client: Any, address: Address, noticed: Interruption) -> None:
    deadline = time.monotonic() + (_WORKERS if address.workers else _CONNECT)
    while len(client.scheduler_info(n_workers=-1)["workers"]) < max(1, address.workers):
        noticed.check()
        if time.monotonic() > deadline:
            break
        time.sleep(_LOOK_SECONDS)


def _hosts(client: Any, *, is_local: bool) -> tuple[list[Host], list[tuple[str, str]]]:
    """Return the hosts that can run this Taskgauge, one worker of each, and the others with the reason."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    ours = host_facts()
    hosts: dict[str, Host] = {}
    left_out: list[tuple[str, str]] = []
    known = client.run(host_facts, on_error="return")
    for worker, facts in sorted(known.items(), key=lambda pair: str(workers.get(pair[0], {}).get("name", pair[0]))):
        name = str(workers.get(worker, {}).get("name", worker))
        if isinstance(facts, BaseException):
            left_out.append((name, f"this Taskgauge does not run there: {' '.join(str(facts).split())}"))
            continue
        name = f"{facts['hostname']}/{name}" if is_local else facts["hostname"]
        if reason := difference(facts, ours):
            left_out.append((name, reason))
        else:
            # Two workers of one host would run two jobs at once there.
            hosts.setdefault(name, Host(name=name, worker=worker, machine=facts["machine"]))
    return list(hosts.values()), left_out
