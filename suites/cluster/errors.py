"""The errors of a cluster; each text is one line that says what to do."""

from collections.abc import Sequence

from taskgauge.backends.errors import WrongUse


class ClusterAddressWrong(WrongUse):
    """The value of `--cluster` is no address."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"--cluster {text}: write the address of a running scheduler, such as tcp://host:8786 or tls://host:8786, "
            "or local:2 for two workers on this machine"
        )


class DaskMissing(WrongUse):
    """The optional packages of the cluster are not installed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"--cluster needs Dask ({reason}): pip install 'taskgauge[cluster]'")


class SchedulerNotReached(WrongUse):
    """No scheduler answers at an address, or it did not start."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"no Dask scheduler answers at {address} ({reason}): start one with `dask scheduler`")


class CertificateMissing(WrongUse):
    """Dask's configuration names no certificate for a `tls://` address."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} needs a certificate: set DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT, ...__CLIENT__KEY and "
            "...__CA_FILE"
        )


class NoHosts(WrongUse):
    """The scheduler has no worker that can run this Taskgauge."""

    def __init__(self, address: str, reasons: Sequence[str]) -> None:
        why = "; ".join(reasons) or "it has no workers"
        super().__init__(f"no host of {address} can be used: {why}; start `dask worker {address}` on each host")


class LocalClusterNotStarted(WrongUse):
    """Workers of `local:N` did not start on this machine."""


class SchedulerGone(Exception):
    """The scheduler went away while jobs ran."""

    def __init__(self) -> None:
        super().__init__("the scheduler went away")


class HostGone(Exception):
    """A host went away during a session."""

    def __init__(self, host: str) -> None:
        super().__init__(f"the host {host} went away")


class StoreNotShared(WrongUse):
    """A target has no store that several hosts can reach."""

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(f"{target} cannot have producers on several hosts: {reason}")


class TooFewHosts(WrongUse):
    """A workload asks for more hosts than a cluster has."""

    def __init__(self, address: str, asked: int, usable: int) -> None:
        super().__init__(f"{address} has {usable} hosts that can be used, and the workload asks for {asked}")


class SessionFailed(Exception):
    """An agent, its producer or its workers failed; the text is one line."""
