"""How many processors may be used: affinity and control groups, whichever allows less."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from taskgauge.suites.run_control.processors import processor_limit, usable_processors
from taskgauge.suites.run_control.provenance import collect

AFFINITY = len(os.sched_getaffinity(0))
PERIOD = {"cpu__a__cpu_cfs_period_us": "100000"}


def tree(root: Path, cgroup: str, **limits: str) -> Path:
    """Make a /proc and /sys of one process; a limit's name is its path, with `__` for a slash."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, text in limits.items():
        file = root / "sys/fs/cgroup" / name.replace("__", "/").replace("cpu_", "cpu.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@pytest.mark.parametrize(
    ("cgroup", "limits", "most"),
    [
        ("0::/a/b\n", {"a__b__cpu_max": "100000 100000\n"}, 1),
        ("0::/a/b\n", {"a__cpu_max": "50000 100000\n", "a__b__cpu_max": "max 100000\n"}, 1),
        ("0::/not/here\n", {"cpu_max": "150000 100000\n"}, 1),
        ("0::/a\n", {"a__cpu_max": "max 100000\n"}, AFFINITY),
        ("4:memory:/a\n3:cpu,cpuacct:/a\n", {"cpu__a__cpu_cfs_quota_us": "100000", **PERIOD}, 1),
        ("3:cpu:/a\n", {"cpu__a__cpu_cfs_quota_us": "-1", **PERIOD}, AFFINITY),
        ("", {}, AFFINITY),
    ],
)  # fmt: skip
def test_control_groups(tmp_path: Path, cgroup: str, limits: dict[str, str], most: int) -> None:
    """The smallest limit on the way to the top counts; none leaves the affinity."""
    assert usable_processors(tree(tmp_path, cgroup, **limits)) == most


def test_affinity() -> None:
    """A process that is bound to one processor may use one, and its run says so."""
    code = "from taskgauge.suites.run_control.provenance import collect as c; print(c({}, [], 'bench').machine['cpus'])"
    one = min(os.sched_getaffinity(0))
    done = subprocess.run(
        [sys.executable, "-c", f"import os; os.sched_setaffinity(0, {{{one}}}); {code}"],
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "1"
    assert collect({}, [], "bench").machine["cpus_of_machine"] == os.cpu_count()


def test_a_part_of_a_processor(tmp_path: Path) -> None:
    """A control group that allows half of a processor has a limit of a half, and one process at a time."""
    root = tree(tmp_path, "0::/job\n", job__cpu_max="50000 100000\n")

    assert (processor_limit(root), usable_processors(root)) == (0.5, 1)
