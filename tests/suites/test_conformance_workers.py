"""The conformance command on workers that print nothing, serve one queue, or end by another signal."""

import json
import re
import shlex
from pathlib import Path

import pytest
from commanding import Said, describe, describe_durable, run

pytestmark = pytest.mark.slow

HONEST = "taskgauge.backends.reference.ReferenceImmediateBackend"
TWO_QUEUES = ("ENQ-02", "QUE-01", "QUE-02", "WRK-01")


def asked(*rows: str) -> list[str]:
    """Return the options that choose these requirements."""
    return [f"--requirement={row}" for row in rows]


def changed(target: str, words: str, old: str = 'ready = "ready"') -> str:
    """Replace a line of a descriptor; return the target."""
    path = Path(target)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, words))
    return target


def logs(said: Said, target: str) -> str:
    """Return all that the workers of a target printed."""
    folder = said.folder / "run" / "log" / f"conformance-{target}"
    return "".join(path.read_text() for path in sorted(folder.glob("worker-*.txt")))


# Queues


@pytest.fixture(scope="module")
def queues(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """A run of workers that print nothing; all but the first serve only the queue `default` by default."""
    folder = tmp_path_factory.mktemp("queues")
    one = 'queues = ["--queues", "{one_queue}"]'
    targets = [
        changed(describe_durable(folder, "silent", "is-silent"), 'queues = ["--queues", "{queues}"]'),
        changed(describe_durable(folder, "one-queue", "serves-default"), one),
        changed(describe_durable(folder, "default-only", "serves-default"), 'serves = ["default"]'),
        changed(describe_durable(folder, "says-nothing", "serves-default"), ""),
    ]
    return run(*targets, *asked(*TWO_QUEUES), "--jobs", "1", folder=folder)


@pytest.mark.parametrize(
    ("target", "rows"),
    [
        ("silent", dict.fromkeys(TWO_QUEUES, "PASS")),
        ("one-queue", dict.fromkeys(TWO_QUEUES, "PASS")),
        ("default-only", {"ENQ-02": "PASS", "QUE-01": "PASS", "QUE-02": "N/A", "WRK-01": "PASS"}),
        ("says-nothing", {"ENQ-02": "PASS", "QUE-01": "PASS", "QUE-02": "N/A", "WRK-01": "PASS"}),
    ],
)
def test_verdicts(queues: Said, target: str, rows: dict[str, str]) -> None:
    """A worker that prints nothing is judged, also for each queue; what needs a queue that nobody serves is not."""
    assert rows == queues.verdicts(f"{target}@sqlite")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("default-only", "no worker serves the queue 'second': the descriptor says serves = [\"default\"]"),
        (
            "says-nothing",
            "no worker serves the queue 'second': a task waited there while one of the queue 'default' ran",
        ),
    ],
)
def test_queue_that_nobody_serves(queues: Said, target: str, reason: str) -> None:
    """The reason says that no worker serves it, and how that is known."""
    rows = {row["id"]: row for row in queues.document(f"{target}@sqlite")["requirements"]}
    reasons = [test["reason"] for test in rows["QUE-01"]["tests"]]

    assert any(text.startswith(reason) for text in reasons), reasons


# Signals, and workers that do not start


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """A run of a worker that ends on SIGINT, of one that runs nothing, and of commands that are wrong."""
    folder = tmp_path_factory.mktemp("signals")
    words = '["{python}", "-m", "troubled_worker", "works", "work"]'
    command = '["{python}", "-m", "django", "no_such_worker"]'
    targets = [
        changed(describe_durable(folder, "interrupted", "tells-signals"), 'ready = "ready"\nstop_signal = "SIGINT"'),
        changed(describe_durable(folder, "idle-and-silent", "is-idle"), ""),
        changed(describe_durable(folder, "wrong-command"), command, words),
    ]
    limits = {"taskgauge.suites.conformance.harness.workers.READY": 15}
    return run(*targets, *asked("ENQ-02", "RES-01"), "--jobs", "1", folder=folder, limits=limits)


def test_stop_signal(signals: Said) -> None:
    """A worker is ended by the signal of its descriptor, and by no other."""
    assert set(signals.verdicts("interrupted@sqlite").values()) == {"PASS"}
    assert "SIGINT came" in logs(signals, "interrupted@sqlite")
    assert "SIGTERM came" not in logs(signals, "interrupted@sqlite")


def test_nothing_is_run(signals: Said) -> None:
    """A target whose first worker runs nothing is not judged, since nothing else tells whether it is ready."""
    reason = "the worker was not ready: the worker has not run a task on the queue 'default' within 15 s: ready"
    assert f"not judged: {reason}" == signals.line("idle-and-silent@sqlite")


def test_wrong_command(signals: Said) -> None:
    """More than the last line of a command that is wrong is shown: that only names its help."""
    line = signals.line("wrong-command@sqlite")

    assert "Unknown command: 'no_such_worker'" in line
    assert "help' for usage" in line


# Reasons


def test_reasons(tmp_path: Path) -> None:
    """A task that does not run is named with its queue, and the end of its worker's output belongs to it."""
    target = describe_durable(tmp_path, "idle", "is-idle")
    limits = {"taskgauge.suites.conformance.harness.timeouts.TIMEOUT": 3}

    said = run(target, *asked("ENQ-02"), "-k", "arguments_reach", folder=tmp_path, limits=limits)

    [row] = said.document("idle@sqlite")["requirements"]
    assert row["reason"].startswith("the task receive on the queue 'default' "), row["reason"]
    assert {test["worker_tail"] for test in row["tests"]} == {"ready"}


# Printed commands


@pytest.mark.parametrize("how", ["file", "folder"])
def test_printed_command(tmp_path: Path, how: str) -> None:
    """The command beside a verdict repeats it as it is printed, from the same folder."""
    backend = "troubled_backends.ReturnsNothing"
    target = describe(tmp_path / "my shop", "shop", backend)
    if how == "folder":
        text = Path(target).read_text().replace("\n\n", "\n")
        keys = f"[tool.taskgauge]\n{text}settings = {json.dumps('my shop/shop/settings.py')}\n"
        (tmp_path / "pyproject.toml").write_text(keys)
        first = run(*asked("ENQ-01"), folder=tmp_path)
    else:
        first = run(target, *asked("ENQ-01"), folder=tmp_path)
    [row] = first.document("shop")["requirements"]
    assert row["verdict"] == "FAIL"
    program, name, *words = shlex.split(row["command"])
    (tmp_path / "run").rename(tmp_path / "first")

    again = run(*words, folder=tmp_path)

    assert ("taskgauge", "conformance") == (program, name)
    assert {"ENQ-01": "FAIL"} == again.verdicts("shop")
    assert f"all verdicts: {row['command'].removesuffix(' --requirement ENQ-01')}" in again.out


# Settings, packages and known failures


SETTINGS = '''"""Settings of a shop."""

from __future__ import annotations

from shop_names import BACKEND as _BACKEND

store = "mine"
SHOP = f"{store}:{{store}}"
assert SHOP == "mine:{{store}}", SHOP
TASKS = {"default": {"BACKEND": _BACKEND, "QUEUES": ["default", "second"], "OPTIONS": {}}}
'''


def test_settings(tmp_path: Path) -> None:
    """Settings may be Python as users write it, and import from a relative PYTHONPATH."""
    second = 'TASKS["second"] = {**TASKS["default"], "BACKEND": _BACKEND, "QUEUES": []}\nassert f"{store}" == "mine"\n'
    files = {"settings.py": SETTINGS, "two_aliases.py": second}
    target = describe(tmp_path, "shop", HONEST, files=files)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "shop_names.py").write_text(f"BACKEND = {HONEST!r}\n")

    said = run(target, *asked("ENQ-01", "QUE-03"), folder=tmp_path, further_path="own")

    assert {"ENQ-01": "PASS", "QUE-03": "PASS"} == said.verdicts("shop"), said.error


def test_missing_client(tmp_path: Path) -> None:
    """A client package of Taskgauge's own that is missing is wrong use, and the line says what to install."""
    target = describe(tmp_path, "shop", "troubled_backends.ReturnsNothing", stores=["redis"])
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "redis.py").write_text("raise ImportError('no C library')\n")

    said = run(target, *asked("ENQ-01"), folder=tmp_path, further_path="own")

    reason = "redis: redis cannot be imported (no C library): pip install 'taskgauge[redis]'"
    assert (2, f"not judged: {reason}") == (said.code, said.line("shop@redis"))


@pytest.mark.parametrize(
    ("scope", "code"), [("", 0), ('django = ">=6"', 0), ('django = ">=99"', 1), ('python = "<3"', 1)]
)
def test_known_failure_of_a_scope(tmp_path: Path, scope: str, code: int) -> None:
    """A known failure excuses only where it holds."""
    target = describe(tmp_path, "shop", "troubled_backends.ReturnsNothing", toml=known("ENQ-01", scope))

    assert code == run(target, *asked("ENQ-01"), folder=tmp_path).code


@pytest.mark.parametrize(("store", "code"), [("postgresql", 0), ("sqlite", 1)])
def test_known_failure_of_a_store(tmp_path: Path, store: str, code: int) -> None:
    """A requirement that holds on this store passes again only if the known failure is one of this store."""
    toml = known("ENQ-01", f'store = "{store}"')
    target = describe(tmp_path, "shop", HONEST, toml=toml, stores=["sqlite", "postgresql"])

    assert code == run(f"{target}@sqlite", folder=tmp_path).code


def known(requirement: str, scope: str) -> str:
    """Return a known failure that holds for years."""
    return f"""
        [[known_failures]]
        requirement = "{requirement}"
        reason = "nobody has looked yet"
        link = "https://example.org/issues/7"
        expires = 2999-12-31
        {scope}
    """


def test_waits_in_vain(tmp_path: Path) -> None:
    """A target that shows no end of a task is waited for in vain a few times, and hardly ever in full."""
    target = describe_durable(tmp_path, "silent", backend="ReportsNoEnd")
    waiting = "start_processes or ended_otherwise or comes_back or signals or commit"

    run(target, "-k", waiting, folder=tmp_path, silence=300)

    text = (tmp_path / "run" / "log" / "conformance-silent@sqlite.txt").read_text()
    [(number, seconds)] = re.findall(r"(\d+) waits in vain, (\d+) s", text)
    assert int(number) < 40
    assert int(seconds) < 60
