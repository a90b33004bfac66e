"""The facts of a host that verdicts and figures depend on; a Dask worker on the host collects them."""

import platform
import socket
from importlib.metadata import version
from pathlib import Path

from taskgauge.backends.environments.install_self import our_digest
from taskgauge.suites.run_control.provenance import commit

SHARED = {
    "python": "Python",
    "django": "Django",
    "taskgauge": "Taskgauge",
    "commit": "the commit",
    "digest": "the code",
}
"""The facts that all hosts share with the machine that merges their runs, with their titles."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


def host_facts() -> dict[str, str]:
    """Return the facts of this host as plain values, which every version of Taskgauge can read."""
    return {
        "hostname": socket.gethostname(),
        "machine": _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else socket.gethostname(),
        "python": platform.python_version(),
        "django": version("django"),
        "taskgauge": version("taskgauge"),
        "commit": commit(),
        "digest": our_digest()[:12],
    }


def difference(theirs: dict[str, str], ours: dict[str, str]) -> str:
    """Return the first fact in which a host differs from this machine, in words; empty if there is none."""
    for name, title in SHARED.items():
        if theirs.get(name) != ours[name]:
            return f"{title} is {theirs.get(name, 'not known')} there and {ours[name]} here"
    return ""
