"""The suites' pytest plugin, in pytest processes of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
INI = Path(__file__).parents[2] / "suites" / "run_control" / "pytest.ini"


def suite(parts: Path, *arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run modules as a suite, with the plugin asked for."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-c",
        str(INI),
        "-p",
        "taskgauge.suites.shapes.option_set",
        str(parts),
    ]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", f"--rootdir={parts.parent}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return this environment, with progress going where a test can read it."""
    monkeypatch.setenv("TASKGAUGE_PROGRESS", str(tmp_path / "progress.jsonl"))
    import os  # noqa: PLC0415 -- after the change

    return dict(os.environ)


@pytest.fixture
def options_seen(tmp_path: Path) -> Path:
    """Return a suite that prints the options it sees."""
    module = tmp_path / "test_options_seen.py"
    module.write_text(
        "import dataclasses, json\n"
        "def test_seen(options, run_folder):\n"
        "    assert run_folder.is_dir()\n"
        "    print('SEEN', json.dumps(dataclasses.asdict(options), default=str))\n"
    )
    return module


def events(tmp_path: Path) -> list[dict[str, Any]]:
    """Return all progress, in order."""
    return [json.loads(line) for line in (tmp_path / "progress.jsonl").read_text().splitlines()]


def seen(result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the options that the suite printed."""
    [line] = [line for line in result.stdout.splitlines() if "SEEN" in line]
    options: dict[str, Any] = json.loads(line.partition("SEEN ")[2])
    return options


def test_progress_names_every_step(tmp_path: Path, environment: dict[str, str]) -> None:
    """What is collected, what starts, how far it is, and what is over is told in this order."""
    run = tmp_path / "run"
    result = suite(HERE / "fake_parts" / "works.py", f"--run-folder={run}", "--only=create", environment=environment)

    told = [(event["event"], event.get("item")) for event in events(tmp_path)]
    item = "works::test_operation[create]"
    assert [("collected", None), ("started", item), ("step", item), ("finished", item)] == told, result.stdout
    assert (run / "create.txt").exists()


def test_nobody_listens(tmp_path: Path, environment: dict[str, str]) -> None:
    """Without a driver the suites run like any other tests."""
    del environment["TASKGAUGE_PROGRESS"]
    result = suite(HERE / "fake_parts" / "works.py", environment=environment)

    assert (0, False) == (result.returncode, (tmp_path / "progress.jsonl").exists()), result.stdout


def test_failure_is_one_line(tmp_path: Path, environment: dict[str, str]) -> None:
    """A benchmark that raises is told by the name of its exception and its text."""
    suite(HERE / "fake_parts" / "fails.py", environment=environment)

    [problem] = [event for event in events(tmp_path) if event["event"] == "problem"]
    assert ("fails::test_failure", "WorkerLost: worker 3 of 10 is gone") == (problem["item"], problem["reason"])


def test_refusal_before_anything_runs(tmp_path: Path, environment: dict[str, str]) -> None:
    """A module that predicts too much memory is refused before its first item starts."""
    result = suite(HERE / "fake_parts" / "refuses.py", environment=environment)

    assert ["collected", "refused"] == [event["event"] for event in events(tmp_path)]
    assert result.returncode == 70


def test_memory_can_be_limited(tmp_path: Path, environment: dict[str, str]) -> None:
    """`--memory` bounds what a suite may plan with."""
    module = tmp_path / "test_limited.py"
    module.write_text(
        "from taskgauge.suites.run_control.memory import Need\n"
        "def memory_need(options): return Need(fixed_bytes=1000, bytes_per_task=10, tasks=100)\n"
        "def test_it(): pass\n"
    )
    codes = [suite(module, f"--memory={size}", environment=environment).returncode for size in (1999, 2000)]

    assert [70, 0] == codes
    reason = next(event["reason"] for event in events(tmp_path) if event["event"] == "refused")
    assert "--tasks 99 would fit" in reason


def test_options(options_seen: Path, environment: dict[str, str]) -> None:
    """What is asked for on the command line is what a suite sees, baseline and A/A control first."""
    asked = ["--scale=default", "--tasks=2M", "--processes=4", "--slices=6", "--seed=9", "--variant=namedtuple"]
    options = seen(suite(options_seen, "-s", *asked, environment=environment))

    assert (2_000_000, 4, 6) == tuple(options["scale"][name] for name in ("tasks", "processes", "slices"))
    assert (["today", "today-again", "namedtuple"], 9) == (options["arms"], options["seed"])


def test_plain_pytest_measures_little(options_seen: Path, environment: dict[str, str]) -> None:
    """Who runs the suites as tests gets the quick scale, all arms, and a temporary run folder."""
    options = seen(suite(options_seen, "-s", environment=environment))

    assert ("quick", []) == (options["scale"]["name"], options["arms"])
    assert not options["run_folder"].startswith(str(Path.cwd()))


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("--tasks=0", "no number of tasks"),
        ("--variant=namedtupel", "did you mean 'namedtuple'"),
        ("--scale=x", "scale"),
    ],
)
def test_wrong_use(argument: str, says: str, options_seen: Path, environment: dict[str, str]) -> None:
    """What cannot be used is refused as pytest refuses, without a traceback."""
    result = suite(options_seen, argument, environment=environment)

    assert (4, True, False) == (result.returncode, says in result.stderr, "Traceback" in result.stderr), result.stderr


def test_the_users_settings_stay_out(tmp_path: Path, environment: dict[str, str]) -> None:
    """Django runs on the suites' settings, whatever the environment names."""
    module = tmp_path / "test_settings.py"
    module.write_text(
        "from django.conf import settings\n"
        "def test_it(): assert settings.SETTINGS_MODULE == 'taskgauge.suites.shapes.settings'\n"
    )
    result = suite(module, environment=environment | {"DJANGO_SETTINGS_MODULE": "shop.settings"})

    assert result.returncode == 0, result.stdout
