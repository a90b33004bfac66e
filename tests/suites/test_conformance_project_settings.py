"""The conformance command on projects whose settings print, log and exit as they like: no backend is blamed for it."""

import os
from pathlib import Path

import pytest
from commanding import Said, describe_durable, run, write

from taskgauge.suites.conformance.outcomes import Deviation
from taskgauge.suites.conformance.project import Project
from taskgauge.suites.conformance.remote_calls.run_in_subprocess import run_elsewhere

pytestmark = pytest.mark.slow

PRINTING = """
import atexit, os, sys

print("hello from the settings", '{"returned": null}', flush=True)
print("a warning of the settings", file=sys.stderr, flush=True)
atexit.register(print, "bye")
os.register_at_fork(after_in_child=lambda: print("hello from a child"))
"""
"""Settings that print in every process: to both streams, as JSON, at the end and after each fork."""
ELSEWHERE = (
    "BCK-08",
    "CHK-02",
    "CHK-03",
    "ENQ-05",
    "ENQ-09",
    "ENQ-11",
    "PKL-04",
    "RES-01",
    "RES-06",
    "RES-15",
    "WRK-05",
)
"""Requirements whose tests ask other processes."""
LOGGED = ("SIG-08", "SIG-09", "SIG-10")
LOGGING = {
    "replaced": 'LOGGING = {"version": 1}',
    "left_alone": "LOGGING_CONFIG = None",
    "disabled": "import logging\nlogging.disable(logging.CRITICAL)",
    "silenced": 'LOGGING = {"version": 1, "loggers": {"django.tasks": {"level": "CRITICAL", "propagate": False}}}',
}
"""Settings by which the framework's records are shown to nobody."""


def described(folder: Path, name: str, settings: str) -> str:
    """Write the descriptor of a durable queue with further settings; return it as the command takes it."""
    target = describe_durable(folder, name)
    own = folder / name / "settings.py"
    own.write_text(f"{own.read_text()}\n{settings}\n")
    return target


def failed(said: Said, target: str) -> dict[str, str]:
    """Return the reasons of the requirements that are neither kept nor left out."""
    rows = said.document(target)["requirements"]
    return {row["id"]: row["reason"] for row in rows if row["verdict"] not in {"PASS", "N/A"}}


def asked(names: tuple[str, ...]) -> list[str]:
    """Return the arguments that choose requirements."""
    return [f"--requirement={name}" for name in names]


def test_settings_that_print(tmp_path: Path) -> None:
    """Answers of other processes come as they are, whatever the project prints before, after and between them."""
    said = run(described(tmp_path, "printing", PRINTING), *asked(ELSEWHERE), folder=tmp_path)

    assert {} == failed(said, "printing@sqlite")
    assert set(ELSEWHERE) == set(said.verdicts("printing@sqlite"))
    assert 0 == said.code, said.error


def test_an_exception_among_what_is_printed(tmp_path: Path) -> None:
    """The exception of a call in another process is the reason of its failure, and the last line printed is not."""
    (tmp_path / "printing.py").write_text(PRINTING)
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    project = Project(folder=tmp_path, event_log=tmp_path / "log", environment=environment, source="")

    with pytest.raises(Deviation) as raised:
        run_elsewhere(project, "json:loads", ["no JSON"], settings="printing", timeout=60)
    assert "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)" == raised.value.seen
    assert [1, 2] == run_elsewhere(project, "json:loads", ["[1, 2]"], settings="printing", timeout=60)


def test_settings_that_print_in_a_pool(tmp_path: Path) -> None:
    """So do those of a process that is asked about a pool, and ends without any clean-up."""
    backend = "taskgauge.backends.reference.ReferenceProcessBackend"
    settings = f'TASKS = {{"default": {{"BACKEND": "{backend}", "QUEUES": ["default", "second"]}}}}\n{PRINTING}'
    target = write(
        tmp_path / "pool",
        {"name": "pool", "backend": backend, "runs": "processes", "pausable": True},
        "",
        {"settings.py": settings},
    )

    said = run(target, *asked(("WRK-04", "WRK-05")), folder=tmp_path)

    assert {"WRK-04": "PASS", "WRK-05": "PASS"} == said.verdicts("pool")


def test_settings_that_show_no_records(tmp_path: Path) -> None:
    """The framework's records are seen, whoever else sees them."""
    targets = [described(tmp_path, name, settings) for name, settings in LOGGING.items()]

    said = run(*targets, *asked(LOGGED), "--jobs", "2", folder=tmp_path)

    assert {} == {name: reasons for name in LOGGING if (reasons := failed(said, f"{name}@sqlite"))}
    assert [dict.fromkeys(LOGGED, "PASS")] * len(LOGGING) == [said.verdicts(f"{name}@sqlite") for name in LOGGING]


def test_the_oldest_result(tmp_path: Path) -> None:
    """A result that the suite itself removes is not called gone."""
    words = "first_result_is_still_there or gone_cannot_be_refreshed or can_be_looked_up_in_each_state"

    said = run(described(tmp_path, "kept", ""), "-k", words, folder=tmp_path)

    [answer] = [answer for answer in said.document("kept@sqlite")["open_questions"] if answer["id"] == "OQ-19"]
    assert "still there" == answer["answer"]
    assert "PASS" == said.verdicts("kept@sqlite")["RES-10"]
