"""`--cluster local:N`: whole jobs in workers of this machine, merged, and what is said if one of them dies."""

import json
import signal
from pathlib import Path

import psutil
import pytest
from cluster_hosts import Start, Started, left_in, verdicts, wait_for

pytestmark = pytest.mark.slow

SHORT = ("django-dummy", "django-immediate")


def job(command: Started, target: str) -> psutil.Process:
    """Return the pytest process of a target once it runs."""
    return wait_for(lambda: command.living("pytest", f"--target={target}( |$)"))[0]


def held_job(command: Started, target: str) -> psutil.Process:
    """Return the same after it is suspended, so that it does not end by itself."""
    process = job(command, target)
    process.suspend()
    return process


def test_verdicts_are_those_of_one_host(start: Start, tmp_path: Path) -> None:
    """Row by row; the report names the hosts; nothing listens beyond loopback, and nothing is left."""
    assert start("conformance", *SHORT, "--out", "one").end()[0] == 0
    command = start("conformance", *SHORT, "--cluster", "local:2", "--out", "two")
    for target in SHORT:
        job(command, target)
    for process in command.living("dask"):
        assert {listening.laddr.ip for listening in process.net_connections() if listening.status == "LISTEN"} <= {
            "127.0.0.1"
        }

    code, out, error = command.end()

    assert 0 == code, out + error
    for target in SHORT:
        rows = verdicts(tmp_path / "one", target)
        assert 165 == len(rows)
        assert rows == verdicts(tmp_path / "two", target)
    run = json.loads((tmp_path / "two/run.json").read_text())
    hosts = [origin["machine"]["host"] for origin in run["options"]["merged"]]
    assert 2 == len(set(hosts))
    assert "finished" == run["state"]
    report = (tmp_path / "two/report.md").read_text()
    assert all(host in report for host in hosts)
    assert not command.living()
    assert not (tmp_path / "two/jobs").exists()
    assert [] == left_in(tmp_path)


def test_benchmark(start: Start, tmp_path: Path) -> None:
    """Parts run on two hosts; the merged run is whole, and its report has the figures of each."""
    words = ("bench", "--quick", "--part", "calls", "--part", "throughput", "--target", "reference-memory")
    code, out, error = start(*words, "--cluster", "local:2", "--out", "run").end()

    assert 0 == code, out + error
    run = json.loads((tmp_path / "run/run.json").read_text())
    assert {"calls": "finished", "throughput": "finished"} == {part["name"]: part["state"] for part in run["parts"]}
    hosts = {group: origin["machine"]["host"] for origin in run["options"]["merged"] for group in origin["groups"]}
    assert 2 == len(set(hosts.values()))
    assert {"calls", "throughput, in the process"} == hosts.keys()
    report = (tmp_path / "run/report.md").read_text()
    assert all(f"| {host} | {group} |" in report for group, host in hosts.items())
    assert "| reference-memory |" in report
    assert "## call and acall" in report
    names = " and ".join(sorted(hosts.values()))
    assert f"{names} are one machine, and jobs there ran at once: take no time as evidence." in report
    assert [] == left_in(tmp_path)


def test_budget(start: Start) -> None:
    """Each job gets its share of the budget; a share that allows no session is wrong use, and says so."""
    words = ("--part", "throughput", "--target", "reference-memory", "--target", "django-tasks-db@sqlite")
    code, _, error = start("bench", "--quick", *words, "--cluster", "local:1", "--budget", "8s", "--out", "run").end()

    assert 2 == code, error
    # Two contracts, so two jobs on one host.
    assert "throughput-store--fsync-at-each-commit: failed: " in error
    assert ": --budget 4 s is too small: part throughput of " in error


def test_all_targets(start: Start) -> None:
    """Each host installs the targets of a contract, and runs one workload of each."""
    command = start("bench", "--all", "--quick", "--part", "throughput", "--cluster", "local:1", "--out", "run")
    [running, *_] = wait_for(lambda: command.living("main import main", "--target"))

    words = running.cmdline()
    assert {"--install", "--one-cell"} <= set(words)
    assert len([word for word in words if word == "--target"]) > 2
    assert "--all" not in words

    command.process.send_signal(signal.SIGINT)
    assert 130 == command.end()[0]
    assert not command.living()


def test_killed_worker(start: Start, tmp_path: Path) -> None:
    """Its job's processes end with it, its row says what happened, and the other host's verdicts are kept."""
    command = start("conformance", "reference-memory", "django-dummy", "--cluster", "local:2", "--out", "run")
    running = held_job(command, "reference-memory")
    worker = next(parent for parent in running.parents() if "worker" in parent.cmdline())

    worker.kill()

    wait_for(lambda: not command.living("reference-memory"), 60)
    code, out, error = command.end()
    assert 4 == code, out + error
    last = error.splitlines()[-1]
    assert last.startswith("taskgauge: not judged: reference-memory: its host ")
    assert "went away after" in last
    assert 165 == len(verdicts(tmp_path / "run", "django-dummy"))
    run = json.loads((tmp_path / "run/run.json").read_text())
    assert "failed" == run["state"]
    assert {"conformance reference-memory": "failed", "conformance django-dummy": "finished"} == {
        part["name"]: part["state"] for part in run["parts"]
    }
    assert not command.living()
    assert [] == left_in(tmp_path)


def test_killed_scheduler(start: Start, tmp_path: Path) -> None:
    """The run ends with one line, and no process of it is left."""
    command = start("conformance", "reference-memory", "--cluster", "local:1", "--out", "run")
    held_job(command, "reference-memory")

    [scheduler] = command.living("dask scheduler")
    scheduler.kill()

    code, out, error = command.end()
    assert 4 == code, out + error
    assert "not judged: reference-memory: the scheduler went away while it ran on " in error.splitlines()[-1]
    assert not command.living()
    assert [] == left_in(tmp_path)


def _progress(path: Path) -> int:
    return path.read_text().count('"finished"') if path.exists() else 0


def test_interrupted(start: Start, tmp_path: Path) -> None:
    """After Ctrl-C hosts return what they have; jobs that no host took are named."""
    command = start("conformance", "reference-memory", "django-dummy", "--cluster", "local:1", "--out", "run")
    job(command, "reference-memory")
    wait_for(lambda: any(_progress(path) > 20 for path in (tmp_path / "temporary").rglob("*reference-memory.jsonl")))

    command.process.send_signal(signal.SIGINT)

    code, out, error = command.end()
    assert 130 == code, out + error
    assert "interrupted by Ctrl-C" in error.splitlines()[-1]
    run = json.loads((tmp_path / "run/run.json").read_text())
    assert "interrupted" == run["state"]
    documents = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "run/conformance").glob("*.json")}
    assert "partial" == documents["reference-memory"]["state"]
    assert "no host took it: the run was interrupted" == documents["django-dummy"]["reason"]
    assert not command.living()
    assert [] == left_in(tmp_path)


def test_killed_driver(start: Start, tmp_path: Path) -> None:
    """Workers and jobs end with the driver."""
    command = start("conformance", "reference-memory", "--cluster", "local:1", "--out", "run")
    held_job(command, "reference-memory")

    command.process.kill()

    wait_for(lambda: not command.living(), 120)
    assert [] == left_in(tmp_path)


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("local:0", "--cluster local:0: write the address of a running scheduler, such as tcp://host:8786"),
        ("localhost", "--cluster localhost: write the address of a running scheduler"),
        ("tcp://127.0.0.1:9", "no Dask scheduler answers at tcp://127.0.0.1:9"),
    ],
)
def test_no_such_cluster(start: Start, tmp_path: Path, address: str, line: str) -> None:
    """One line says what to do."""
    code, _, error = start("conformance", "django-dummy", "--cluster", address, "--out", "run").end()

    assert 2 == code, error
    [last] = error.splitlines()
    assert last.startswith(f"taskgauge: {line}")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("--part", "calls", "--producing-hosts", "2"),
            "--producing-hosts and --working-hosts are for --part producers",
        ),
        (("--part", "producers", "--budget", "5m"), "--budget cannot bound --part producers"),
        (("--part", "calls", "--all"), "--all is for the parts that measure whole backends"),
    ],
)
def test_wrong_options(start: Start, words: tuple[str, ...], line: str) -> None:
    """An option that these parts cannot use is refused before a host starts."""
    code, _, error = start("bench", *words, "--cluster", "local:1", "--out", "run").end()

    assert 2 == code, error
    assert f"Error: {line}" in error or f"taskgauge: {line}" in error


def test_without_dask(start: Start, tmp_path: Path) -> None:
    """The command says what to install; without `--cluster` it needs no Dask."""
    (tmp_path / "distributed.py").write_text("raise ImportError('No module named distributed')")
    path = {"PYTHONPATH": str(tmp_path)}

    code, _, error = start("conformance", "django-dummy", "--cluster", "local:2", "--out", "run", **path).end()
    assert 2 == code
    expected = "--cluster needs Dask (No module named distributed): pip install 'taskgauge[cluster]'"
    assert [f"taskgauge: {expected}"] == error.splitlines()

    one = ("conformance", "django-dummy", "--requirement", "ENQ-01", "--out", "run")
    assert 0 == start(*one, **path).end()[0]
