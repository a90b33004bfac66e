"""Run folders, whole, partial and broken."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from taskgauge.reports.pages.report import read_report
from taskgauge.reports.run_folder.declarations import METRICS, PARTS
from taskgauge.reports.run_folder.errors import (
    MetricUnknown,
    NotARunFolder,
    PartUnknown,
    ReportError,
    RunFileBroken,
    RunFolderCutShort,
    RunFolderNewer,
    RunFolderNotFound,
    SampleTwice,
)
from taskgauge.reports.run_folder.reader import read_run_folder
from taskgauge.reports.run_folder.records import Sample, add_samples
from taskgauge.reports.run_folder.registry import Registry, write_registry

type MakeRun = Callable[..., Path]

VERSIONS = '{"format": 1, "versions": {"python": "3.14", "django": "6.1"}, '
SAMPLE = {
    "part": "memory",
    "metric": "collect",
    "arm": "today",
    "value": 1,
    "process": 0,
    "slice": 0,
    "size": None,
    "condition": {},
}


def test_every_part_is_read(make_run: MakeRun) -> None:
    """Samples of all parts come as one flat list, times in nanoseconds."""
    run = read_run_folder(make_run(noise=0))

    assert {"time", "ordering", "memory", "transport", "dispatch", "calls"} == {sample.part for sample in run.samples}
    first = next(sample for sample in run.samples if (sample.metric, sample.arm) == ("create-bare", "today"))
    assert pytest.approx(1000) == first.value
    assert (first.process, first.slice) == (0, 0)
    assert {"yes", "no"} == {answer.answer for answer in run.answers}
    assert (run.python, run.django) == ("3.14.8", "6.1.3")


def test_condition_and_size_identify_a_sample(make_run: MakeRun) -> None:
    """What was varied is kept, in one order however the file has it."""
    run = read_run_folder(make_run(parts=["transport"]))

    assert {((("batch", 1),), 100_000), ((("batch", 1000),), 100_000)} == {
        (sample.conditions, sample.size) for sample in run.samples
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


@pytest.mark.parametrize("path", ["run.json", "registry.json"])
def test_newer_formats_are_refused(make_run: MakeRun, path: str) -> None:
    """A file of a later version is not guessed at."""
    folder = make_run()
    document = json.loads((folder / path).read_text())
    (folder / path).write_text(json.dumps(document | {"format": 3}))

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
        {"metric": ""},
        {"part": "time"},
        {"arm": None},
        {"value": "1"},
        {"value": True},
        {"value": float("nan")},
        {"value": float("inf")},
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
    """Each key of a sample is checked, and the sample is named by its line."""
    folder = make_run(parts=["memory"])
    lines = [json.dumps(sample) + "\n" for sample in (SAMPLE, SAMPLE | change)]
    (folder / "memory/samples.jsonl").write_text("".join(lines))

    with pytest.raises(RunFileBroken, match="line 2"):
        read_run_folder(folder)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("memory/samples.jsonl", '{"format": 1}\n'),
        ("memory/samples.jsonl", "3\n"),
        ("memory/samples.jsonl", '{"part": "memory", "metr'),
        ("behaviour/answers.jsonl", '{"question": "?"}\n'),
        ("behaviour/answers.jsonl", '{"id": "a", "question": "?", "arm": "b", "answer": "no", "breaks": "x"}\n'),
        ("time/today.json", "{}"),
        ("time/today.json", '{"version": "9.0"}'),
        ("time/today.json", '{"version": "1.0", "benchmarks": [{"runs": [{"values": [1.0]}]}]}'),
        ("left_out.jsonl", '{"part": "time"}\n'),
        ("registry.json", '{"format": 2, "parts": [{"name": "time"}]}'),
    ],
    ids=range(10),
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
    (folder / "transport/samples.jsonl").unlink()

    with pytest.raises(RunFolderCutShort, match="part transport"):
        read_run_folder(folder)


def test_interrupted_part_keeps_its_whole_lines(make_run: MakeRun) -> None:
    """A line that was being written when the run was interrupted is left out, with the reason; all before it count."""
    folder = make_run(states={"memory": "interrupted"}, changes={"state": "interrupted"})
    whole = sum(sample.part == "memory" for sample in read_run_folder(folder).samples)
    for file in ("memory/samples.jsonl", "left_out.jsonl"):
        with (folder / file).open("a") as stream:
            stream.write('{"part": "memory", "metr')

    run = read_run_folder(folder)

    assert (run.part("memory").state, run.part("memory").reason) == ("interrupted", "samples.jsonl is cut short")
    assert sum(sample.part == "memory" for sample in run.samples) == whole > 0
    assert "time" in {sample.part for sample in run.samples}


def test_samples_are_appended_and_nothing_is_read(tmp_path: Path) -> None:
    """A stream only grows: what stands in it, even a line that is cut short, is left alone."""
    stream = tmp_path / "memory/samples.jsonl"
    stream.parent.mkdir()
    stream.write_text("anything\n")
    sample = Sample(part="memory", metric="collect", arm="today", value=1.5, size=3, condition={"held": "alone"})

    add_samples(tmp_path, [sample])

    first, second = stream.read_text().splitlines()
    assert first == "anything"
    assert msgspec.json.decode(second, type=Sample) == sample


def test_a_part_that_no_registry_declares_is_an_error(make_run: MakeRun) -> None:
    """What was measured is never missing from a report without a word: neither a part of run.json nor a folder."""
    named = make_run(name="named", states={"colour": "finished"})
    left = make_run(name="left")
    add_samples(left, [Sample(part="colour", metric="collect", arm="today", value=1)])

    for folder, file in ((named, "run.json"), (left, "colour")):
        with pytest.raises(PartUnknown, match=rf"{file} has the part 'colour'.*known: time, .*upgrade taskgauge"):
            read_run_folder(folder)


def test_a_metric_that_no_registry_declares_is_an_error(make_run: MakeRun) -> None:
    """A metric without a title and a unit is named, with its file and its part."""
    folder = make_run()
    add_samples(folder, [Sample(part="memory", metric="weight", arm="today", value=1)])

    with pytest.raises(MetricUnknown, match=r"memory/samples\.jsonl has the metric 'weight' of part memory.*upgrade"):
        read_run_folder(folder)


def test_two_samples_with_one_key_are_an_error(make_run: MakeRun) -> None:
    """Neither overwrites the other: the file, the part, the metric and the key are named."""
    folder = make_run()
    twice = next(sample for sample in read_run_folder(folder).samples if sample.metric == "pipe-rate")
    add_samples(folder, [replace(twice, value=2)])

    with pytest.raises(
        SampleTwice,
        match=r"transport/samples\.jsonl has two samples of pipe-rate of part transport with one key "
        r"\(today, batch 1, 100000 tasks, process 0, slice 0\); remove one",
    ):
        read_report([folder])


def test_the_registry_of_the_run_counts(make_run: MakeRun) -> None:
    """A folder is read by the registry that it carries: a metric has the title and the unit of its day."""
    folder = make_run(parts=["memory"])
    others = {"title": "As it was called", "unit": "words"}
    metrics = [replace(metric, **others) if metric.name == "collect" else metric for metric in METRICS]
    write_registry(folder, Registry(parts=PARTS, metrics=tuple(metrics)))

    [section] = [each for each in read_report([folder]).document.sections if each.title == "Memory"]

    [table] = [table for table in section.tables if table.caption.startswith("As it was called (collect, words;")]
    assert "Median (words)" in table.headers


def test_part_that_was_not_run_is_not_an_error(make_run: MakeRun) -> None:
    """A run of one part is a run."""
    run = read_run_folder(make_run(parts=["calls"]))

    assert (run.part("calls").state, run.part("time").state) == ("finished", "not run")


@pytest.mark.parametrize(
    "path", ["run.json", "registry.json", "time/today.json", "memory/samples.jsonl", "behaviour/answers.jsonl"]
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
