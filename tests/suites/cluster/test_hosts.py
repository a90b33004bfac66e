"""`--cluster tcp://…` with hosts in network namespaces: a name, a network and a clock of their own."""

import json
import shutil
from pathlib import Path
from signal import SIGKILL

import psutil
import pytest
from cluster_hosts import Network, Start, command_line, is_over, tree, verdicts, wait_for

import taskgauge.suites

pytestmark = pytest.mark.slow

ROOT = Path(taskgauge.suites.__path__[0]).parent
CHEAP = ("--requirement", "ENQ-01", "--requirement", "RES-01")


def facts(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the host of each target, and the reason of each host that was left out."""
    run = json.loads((folder / "run.json").read_text())
    hosts = {target: origin["machine"]["host"] for origin in run["options"]["merged"] for target in origin["targets"]}
    return hosts, {row["what"].removeprefix("host "): row["why"] for row in run["left_out"]}


def test_hosts_with_other_clocks_and_code(network: Network, start: Start, tmp_path: Path) -> None:
    """A host whose clock is 1000 s ahead checks as the others do; a host with other code gets no job."""
    other = tmp_path / "other" / "taskgauge"
    for package in ("backends", "reports", "suites"):
        shutil.copytree(ROOT / package, other / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "suites/__init__.py").open("a") as file:
        file.write("# another version\n")
    address = network.scheduler()
    network.worker("ash")
    network.worker("birch", offset=1000)
    network.worker("cedar", PYTHONPATH=str(other.parent))
    wait_for(lambda: (tmp_path / "scheduler.txt").read_text().count("Register worker") == 3)

    targets = ("django-dummy", "django-immediate")
    assert 0 == start("conformance", *targets, *CHEAP, "--out", "one").end()[0]
    command = start("conformance", *targets, *CHEAP, "--cluster", address, "--out", "run", prefix=network.inside("hub"))
    code, out, error = command.end()

    assert 0 == code, out + error
    hosts, left_out = facts(tmp_path / "run")
    assert {"ash", "birch"} == set(hosts.values())
    assert ["cedar"] == list(left_out)
    # A copy has no git: from a checkout its commit differs, too, and is named first.
    assert left_out["cedar"].startswith(("the commit is ", "the code is "))
    assert f"host cedar is left out: {left_out['cedar']}" in error.splitlines()
    for target in targets:
        assert verdicts(tmp_path / "one", target) == verdicts(tmp_path / "run", target)


def test_no_usable_host(network: Network, start: Start, tmp_path: Path) -> None:
    """A scheduler without workers is wrong use, with one line."""
    address = network.scheduler()

    command = start("conformance", "django-dummy", "--cluster", address, "--out", "run", prefix=network.inside("hub"))

    code, _, error = command.end()
    assert 2 == code
    assert [
        f"taskgauge: no host of {address} can be used: it has no workers; start `dask worker {address}` on each host"
    ] == error.splitlines()
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("death", ["host", "driver", "scheduler"])
def test_death(network: Network, start: Start, tmp_path: Path, death: str) -> None:
    """A host, the driver or the scheduler is killed in mid-run: no job is left on any host, and the rest is kept."""
    address = network.scheduler()
    workers = {host: network.worker(host) for host in ("ash", "birch")}
    wait_for(lambda: (tmp_path / "scheduler.txt").read_text().count("Register worker") == 2)
    targets = ("reference-memory", "django-dummy")
    command = start("conformance", *targets, "--cluster", address, "--out", "run", prefix=network.inside("hub"))

    def jobs(words: str) -> list[psutil.Process]:
        return [
            process for worker in workers.values() for process in tree(worker.pid) if words in command_line(process)
        ]

    [*_, running] = wait_for(lambda: jobs("--target=reference-memory"))
    if death == "host":
        wait_for((tmp_path / "run/jobs/django-dummy/run.json").exists)
    # So that it does not end by itself.
    running.suspend()
    if death == "host":
        [victim] = {worker.pid for worker in workers.values()} & {parent.pid for parent in running.parents()}
        psutil.Process(victim).send_signal(SIGKILL)
    elif death == "driver":
        command.process.kill()
    else:
        network.kill("scheduler")

    wait_for(lambda: is_over(running), 120)
    code, out, error = command.end()
    if death == "driver":
        wait_for(lambda: not jobs("taskgauge"), 120)
        assert all(worker.poll() is None for worker in workers.values())
        return
    assert 4 == code, out + error
    last = error.splitlines()[-1]
    assert last.startswith("taskgauge: not judged: ")
    if death == "host":
        assert "reference-memory: its host " in last
        assert 165 == len(verdicts(tmp_path / "run", "django-dummy"))
    else:
        assert "reference-memory: the scheduler went away while it ran on " in last
    wait_for(lambda: not jobs("taskgauge"), 120)
