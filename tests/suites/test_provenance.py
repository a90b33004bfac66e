"""`run.json`: what a reader needs to judge a run or to repeat it."""

import json
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from taskgauge.reports.run_folder.documents import FORMAT
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.suites.run_control.options import Options, Scale
from taskgauge.suites.run_control.provenance import RunRecord, commit

ROOT = Path(__file__).parents[2]


def written(folder: Path) -> dict[str, Any]:
    """Read the file as anyone would."""
    document: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return document


def start(folder: Path) -> RunRecord:
    """Start a run of the quick scale."""
    return RunRecord.start(
        folder,
        Options(scale=Scale.quick(), run_folder=folder, seed=7).asked(),
        ["taskgauge", "bench", "--quick"],
    )


def test_versions(tmp_path: Path) -> None:
    """Python, Django and Taskgauge are named by the versions that ran."""
    start(tmp_path)
    versions = written(tmp_path)["versions"]

    assert [platform.python_version(), version("django"), version("taskgauge")] == [
        versions[name] for name in ("python", "django", "taskgauge")
    ]


def test_what_is_needed_to_repeat_it(tmp_path: Path) -> None:
    """Command line, seed and scale are kept, and no path of this machine is."""
    start(tmp_path)
    document = written(tmp_path)

    assert (FORMAT, ["taskgauge", "bench", "--quick"]) == (document["format"], document["command"])
    assert (7, 10_000) == (document["options"]["seed"], document["options"]["scale"]["tasks"])
    assert str(tmp_path) not in json.dumps(document)


def test_what_is_needed_to_judge_it(tmp_path: Path) -> None:
    """Machine, load and the time that other guests took are kept."""
    start(tmp_path).write("finished")
    document = written(tmp_path)

    assert {"kernel", "cpu", "cpus", "memory_bytes"} <= document["machine"].keys()
    assert (3, 3) == (len(document["load_before"]), len(document["load_after"]))
    assert document["steal_seconds"] >= 0


def test_states(tmp_path: Path) -> None:
    """A run says `running` from its start until it says how it ended."""
    record = start(tmp_path)
    before = written(tmp_path)
    record.write("interrupted")

    assert ("running", "interrupted") == (before["state"], written(tmp_path)["state"])
    assert before["finished"] is None


def test_a_part_that_still_runs_reads_as_interrupted(tmp_path: Path) -> None:
    """Whoever finds the folder after the machine went down sees that the part was cut short."""
    record = start(tmp_path)
    record.run.parts = [PartRecord(name="time", predicted_seconds=3.0, state="running")]
    record.write("running")

    assert [("time", "interrupted")] == [(part["name"], part["state"]) for part in written(tmp_path)["parts"]]


def test_left_out_once(tmp_path: Path) -> None:
    """What was left out in each repetition is listed once, with its reason."""
    record = start(tmp_path)
    for _ in range(3):
        record.leave_out("dispatch x", "no server")
    record.write("finished")

    assert [{"what": "dispatch x", "why": "no server"}] == written(tmp_path)["left_out"]


def test_commit() -> None:
    """In a checkout that runs in place the commit is git's; anywhere else it is the version."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)

    assert commit().removesuffix("+") in {found.stdout.strip(), version("taskgauge")}
