"""Run folders, whole, partial and broken."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.errors import (
    NotARunFolder,
    ReportError,
    RunFileBroken,
    RunFolderCutShort,
    RunFolderNewer,
    RunFolderNotFound,
)
from taskgauge.reports.run_folder.reader import read_run_folder

type MakeRun = Callable[..., Path]

VERSIONS = '{"format": 1, "versions": {"python": "3.14", "django": "6.1"}, '
SAMPLE = {
    "measure": "m",
    "arm": "today",
    "value": 1,
    "unit": "B",
    "process": 0,
    "slice": 0,
    "size": None,
    "condition": {},
}


def test_every_part_is_read(make_run: MakeRun) -> None:
    """Samples of all parts come as one flat list, times in nanoseconds."""
    run = read_run_folder(make_run(noise=0))

    assert {"time", "ordering", "memory", "transport", "dispatch", "calls"} == {sample.part for sample in run.samples}
    first = next(sample for sample in run.samples if (sample.measure, sample.arm) == ("create-bare", "today"))
    assert pytest.approx(1000) == first.value
    assert (first.unit, first.process, first.slice) == ("ns", 0, 0)
    assert {"yes", "no"} == {answer.answer for answer in run.answers}
    assert (run.python, run.django) == ("3.14.8", "6.1.3")


def test_condition_and_size_identify_a_sample(make_run: MakeRun) -> None:
    """What was varied is kept, in one order however the file has it."""
    run = read_run_folder(make_run(parts=["transport"]))

    assert {((("batch", 1),), 100_000), ((("batch", 1000),), 100_000)} == {
        (sample.condition, sample.size) for sample in run.samples
    }


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """A path without anything is said to be that."""
    with pytest.raises(RunFolderNotFound, match="does not exist"):
        read_run_folder(tmp_path / "nowhere")


def test_other_folders_are_no_run_folders(tmp_path: Path) -> None:
    """A folder without run.json is none of ours, and so is a file."""
    (tmp_path / "file").touch()

    for path in (tmp_path, tmp_path / "file"):
        with pytest.raises(NotARunFolder, match=r"no run\.json"):
            read_run_folder(path)


@pytest.mark.parametrize("path", ["run.json", "memory/memory.json", "behaviour/behaviour.json"])
def test_newer_formats_are_refused(make_run: MakeRun, path: str) -> None:
    """A file of a later version is not guessed at."""
    folder = make_run()
    document = json.loads((folder / path).read_text())
    (folder / path).write_text(json.dumps(document | {"format": 2}))

    with pytest.raises(RunFolderNewer, match="upgrade"):
        read_run_folder(folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "nonsense",
        "[" * 100_000,
        '{"format": "one"}',
        '{"format": 0}',
        '{"format": 1}',
        '{"format": 1, "versions": {"python": "3.14"}}',
        '{"format": 1, "versions": {"python": "", "django": "6.1"}}',
        VERSIONS + '"parts": 3}',
        VERSIONS + '"parts": [{"name": "time", "state": "fine"}]}',
        VERSIONS + '"parts": [{"name": "time", "state": "finished", "seconds": "long"}]}',
    ],
    ids=range(12),
)
def test_broken_provenance_is_named(tmp_path: Path, text: str) -> None:
    """run.json cut short or edited to nonsense raises one line that names it."""
    (tmp_path / "run.json").write_text(text)

    with pytest.raises(RunFileBroken, match=r"run\.json") as caught:
        read_run_folder(tmp_path)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"measure": ""},
        {"arm": None},
        {"value": "1"},
        {"value": True},
        {"value": float("nan")},
        {"value": float("inf")},
        {"unit": 3},
        {"process": 1.5},
        {"process": None},
        {"slice": "first"},
        {"size": 0},
        {"size": "many"},
        {"condition": []},
        {"condition": {"batch": 1.5}},
    ],
    ids=str,
)
def test_broken_samples_are_named(make_run: MakeRun, change: dict[str, object]) -> None:
    """Each key of a sample is checked, and the sample is named by its number."""
    folder = make_run(parts=["memory"])
    (folder / "memory/memory.json").write_text(json.dumps({"format": 1, "samples": [SAMPLE, SAMPLE | change]}))

    with pytest.raises(RunFileBroken, match="sample 2"):
        read_run_folder(folder)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("memory/memory.json", '{"format": 1}'),
        ("memory/memory.json", '{"format": 1, "samples": [3]}'),
        ("behaviour/behaviour.json", '{"rows": 1}'),
        ("behaviour/behaviour.json", '{"rows": [{"question": "?"}]}'),
        (
            "behaviour/behaviour.json",
            '{"rows": [{"id": "a", "question": "?", "arm": "b", "answer": "no", "breaks": "x"}]}',
        ),
        ("time/today.json", "{}"),
        ("time/today.json", '{"version": "9.0"}'),
        ("time/today.json", '{"version": "1.0", "benchmarks": [{"runs": [{"values": [1.0]}]}]}'),
        ("left_out.json", '{"rows": [{"part": "time"}]}'),
    ],
    ids=range(9),
)
def test_broken_files_of_finished_parts_are_named(make_run: MakeRun, path: str, text: str) -> None:
    """Nothing of a finished part is skipped without a word."""
    folder = make_run()
    (folder / path).write_text(text)

    with pytest.raises(RunFileBroken, match=Path(path).name):
        read_run_folder(folder)


def test_finished_part_without_its_file_is_cut_short(make_run: MakeRun) -> None:
    """A part that says it is finished and has nothing was not copied whole."""
    folder = make_run()
    (folder / "transport/transport.json").unlink()

    with pytest.raises(RunFolderCutShort, match="part transport"):
        read_run_folder(folder)


def test_interrupted_part_keeps_the_rest(make_run: MakeRun) -> None:
    """A file that was being written when the run was interrupted costs only its own part, with the reason."""
    folder = make_run(states={"memory": "interrupted"})
    (folder / "memory/memory.json").write_text('{"format": 1, "samp')

    run = read_run_folder(folder)

    assert (run.part("memory").state, run.part("memory").reason) == ("interrupted", "memory.json is cut short")
    assert "memory" not in {sample.part for sample in run.samples}
    assert "time" in {sample.part for sample in run.samples}


def test_part_that_was_not_run_is_not_an_error(make_run: MakeRun) -> None:
    """A run of one part is a run."""
    run = read_run_folder(make_run(parts=["calls"]))

    assert (run.part("calls").state, run.part("time").state) == ("finished", "not run")


@pytest.mark.parametrize(
    "path", ["run.json", "time/today.json", "memory/memory.json", "calls/calls.json", "behaviour/behaviour.json"]
)
def test_cut_or_edited_anywhere_is_read_or_named(make_run: MakeRun, path: str) -> None:
    """Wherever a file is cut, or one byte changed, reading ends in samples or in one clear line, never in a trace."""
    folder = make_run(processes=2, slices=2)
    whole = (folder / path).read_bytes()
    source = random.Random(3)  # noqa: S311 -- any places will do
    for _ in range(25):
        at = source.randrange(len(whole))
        for broken in (whole[:at], whole[:at] + bytes([source.randrange(256)]) + whole[at + 1 :]):
            (folder / path).write_bytes(broken)
            try:
                read_run_folder(folder)
            except ReportError as error:
                assert "\n" not in str(error)  # noqa: PT017 -- both endings are right
