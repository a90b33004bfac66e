"""The conformance command on targets in trouble: each ends alone, with one line, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from commanding import HERE, Said, describe, describe_durable, is_living, left_in, run, wait_for

from taskgauge.backends.processes.captured_output import CAP

pytestmark = pytest.mark.slow

MEBIBYTE = 2**20


def check(said: Said, target: str, reason: str) -> None:
    """Assert that a target was not judged for a reason, which is told in one line, at last, and in its file."""
    assert f"not judged: {reason}" == said.line(target)
    assert f"{target}: {reason}" in said.last
    document = said.document(target)
    assert ("failed", reason) == (document["state"], document["reason"])


# Workers


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """A run of workers with which nothing can be judged, and of a target that can be."""
    folder = tmp_path_factory.mktemp("workers")
    targets = [describe_durable(folder, name, name) for name in ("dies", "is-never-ready", "floods-and-dies")]
    asked = ("--requirement", "ENQ-02", "--jobs", "2")
    return run(
        *targets,
        "reference-memory",
        *asked,
        folder=folder,
        limits={"taskgauge.suites.conformance.harness.workers.READY": 4},
    )


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("dies", "the worker ended with code 1: there is no broker at all"),
        ("is-never-ready", "the worker has not said 'ready' within 4 s: still booting"),
        ("floods-and-dies", "the worker ended with code 1: so much to say | out of words"),
    ],
)
def test_no_worker(workers: Said, target: str, reason: str) -> None:
    """A worker that never gets ready is why its target is not judged."""
    check(workers, f"{target}@sqlite", f"the worker was not ready: {reason}")


def test_others_go_on(workers: Said) -> None:
    """They are judged as if they were alone; the command says that not all were."""
    assert {"ENQ-02": "PASS"} == workers.verdicts("reference-memory")
    assert 4 == workers.code


def test_flood(workers: Said) -> None:
    """Of hundreds of megabytes the log keeps the beginning and the end."""
    log = workers.folder / "run" / "log" / "conformance-floods-and-dies@sqlite" / "worker-1.txt"
    text = log.read_text()
    assert len(text) < CAP + MEBIBYTE
    assert text.startswith("so much to say\n")
    assert "[Taskgauge leaves out 27" in text
    assert text.endswith("so much to say\nout of words\n")


@pytest.fixture(scope="module")
def ready_workers(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """A run of workers that get ready."""
    folder = tmp_path_factory.mktemp("ready")
    targets = [describe_durable(folder, name, name) for name in ("is-idle", "leaves-children", "floods")]
    asked = ("--requirement", "ENQ-02", "-k", "arguments_reach", "--jobs", "2")
    limits = {"taskgauge.suites.conformance.harness.timeouts.TIMEOUT": 8}
    return run(*targets, *asked, folder=folder, limits=limits, TASKGAUGE_TEST_DAEMONS=str(folder / "daemons"))


def test_idle(ready_workers: Said) -> None:
    """A worker that runs nothing breaks what it was asked for."""
    assert {"ENQ-02": "FAIL"} == ready_workers.verdicts("is-idle@sqlite")
    assert (1, "taskgauge: is-idle@sqlite breaks 1 MUST: FAIL ENQ-02.") == (ready_workers.code, ready_workers.last)


def test_children(ready_workers: Said) -> None:
    """What a worker leaves behind is gone with it."""
    assert {"ENQ-02": "PASS"} == ready_workers.verdicts("leaves-children@sqlite")
    daemons = [int(line) for line in (ready_workers.folder / "daemons").read_text().splitlines()]
    assert daemons
    assert not [pid for pid in daemons if psutil.pid_exists(pid) and is_living(psutil.Process(pid))]


def test_flood_of_one_that_works(ready_workers: Said) -> None:
    """It is judged, and its logs are no longer than others."""
    assert {"ENQ-02": "PASS"} == ready_workers.verdicts("floods@sqlite")
    logs = [path.stat().st_size for path in (ready_workers.folder / "run" / "log").rglob("*") if path.is_file()]
    assert max(logs) < CAP + MEBIBYTE


# Backends


HANG = "import threading\nthreading.Event().wait()\n"


@pytest.fixture(scope="module")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """A run of backends that do not come back."""
    folder = tmp_path_factory.mktemp("hanging")
    targets = [
        describe(folder, "enqueue", "troubled_backends.HangsInEnqueue"),
        describe(folder, "get-result", "troubled_backends.HangsInGetResult", runs="threads"),
        describe(folder, "import", "hangs.Backend", modules=["hangs.py"], files={"hangs.py": HANG}),
    ]
    asked = ("--requirement", "ENQ-01", "--requirement", "RES-03", "--jobs", "3")
    return run(*targets, *asked, "reference-memory", folder=folder, silence=20)


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("enqueue", "test_looking_results_up_is_not_implemented"),
        ("get-result", "test_an_unknown_id_does_not_exist[backend.get_result]"),
        ("import", "its start"),
    ],
)
def test_hangs(hanging: Said, target: str, where: str) -> None:
    """A call that does not come back ends its target, and the line says in which test that was."""
    check(hanging, target, f"hung: {where} said nothing for 20 s")


def test_others_outlive_it(hanging: Said) -> None:
    """They are judged."""
    assert {"ENQ-01": "PASS", "RES-03": "PASS"} == hanging.verdicts("reference-memory")
    assert 4 == hanging.code


def test_methods_of_another_meaning(tmp_path: Path) -> None:
    """A backend is started, stopped and emptied by its methods only where its descriptor says that they do that."""
    target = describe(tmp_path, "stops", "troubled_backends.StopsAnotherThing", runs="threads")

    said = run(target, *(f"--requirement={row}" for row in ("ENQ-04", "RES-10", "WRK-02")), folder=tmp_path)

    assert 0 == said.code, said.out
    assert "PASS" == said.verdicts("stops")["WRK-02"]


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """A run of backends that cannot be started, or die."""
    folder = tmp_path_factory.mktemp("failing")
    raising = "raise RuntimeError('no\\nlicence')\n"
    sleeping = '[[prepare]]\ncommand = ["sh", "-c", "echo waiting; sleep 600"]\n'
    honest = "taskgauge.backends.reference.ReferenceImmediateBackend"
    targets = [
        describe(folder, "raises", "raises.Backend", modules=["raises.py"], files={"raises.py": raising}),
        describe(folder, "exits", "exits.Backend", modules=["exits.py"], files={"exits.py": "exit('bye')\n"}),
        describe(folder, "dies", "troubled_backends.DiesInEnqueue"),
        describe(folder, "floods", "troubled_backends.Floods"),
        describe(folder, "missing", "shop.Backend", requirements=["no-such-shop>=2"]),
        describe(folder, "unprepared", honest, toml='[[prepare]]\ncommand = ["{python}", "-c", "exit(\'full\')"]'),
        describe(folder, "prepares-for-ever", honest, toml=sleeping),
    ]
    limits = {"taskgauge.backends.descriptors.worker.PREPARATION": 3}
    return run(*targets, "--requirement", "ENQ-01", "--jobs", "2", folder=folder, limits=limits)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("raises", "RuntimeError: no licence"),
        ("exits", "SystemExit: bye"),
        ("dies", "its pytest died of SIGKILL (out of memory?) in test_enqueue_returns_a_result"),
        ("missing", "no-such-shop is not installed: pip install 'no-such-shop>=2'"),
        ("unprepared", "{python} -c exit('full') ended with code 1: full"),
        ("prepares-for-ever", "sh -c echo waiting; sleep 600 did not finish within 3 s: waiting"),
    ],
)
def test_fails(failing: Said, target: str, reason: str) -> None:
    """What cannot be started, or dies, is not judged, and the line says why."""
    check(failing, target, reason)
    assert 4 == failing.code


def test_flood_of_a_backend(failing: Said) -> None:
    """It is judged, and its log is cut."""
    assert {"ENQ-01": "PASS"} == failing.verdicts("floods")
    assert (failing.folder / "run" / "log" / "conformance-floods.txt").stat().st_size < CAP + MEBIBYTE


# Processes of the suite itself


def test_killed_pytest(tmp_path: Path) -> None:
    """A pytest that is killed takes its worker and its temporary folder along, also where nobody watches it."""
    target = describe_durable(tmp_path, "killed")
    (tmp_path / "temporary").mkdir()
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "taskgauge.suites.conformance.plugin",
        "-p",
        "no:cacheprovider",
    ]
    paths = [str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    own = {"TMPDIR": str(tmp_path / "temporary"), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    words += ["-c", os.devnull, "--rootdir", str(tmp_path), "--pyargs", "taskgauge.suites.conformance"]
    process = subprocess.Popen(
        [*words, f"--target={target}", f"--results={tmp_path / 'run'}", "-k", "arguments_reach"],
        cwd=tmp_path,
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
    )
    wait_for(lambda: list(tmp_path.glob("run/log/*/worker-2.txt")))
    # The worker, and who sees to it.
    wait_for(lambda: len(psutil.Process(process.pid).children()) > 1)
    assert list((tmp_path / "temporary").glob("taskgauge-conformance-*"))

    process.kill()

    assert -signal.SIGKILL == process.wait(60)
    wait_for(lambda: not left_in(tmp_path))
    wait_for(lambda: not list((tmp_path / "temporary").iterdir()))
