"""Run folders in one: what is joined, what is refused, and what is left out with a line."""

import json
import shutil
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from taskgauge.reports.metrics.session import session
from taskgauge.reports.pages.report import read_report
from taskgauge.reports.publication.published_folder import write_published
from taskgauge.reports.run_folder.reader import read_run_folder
from taskgauge.reports.run_folder.records import Sample, add_samples
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.reports.run_folder.traces import Header, Trace, Workload, write_trace
from taskgauge.suites.cli.main import taskgauge

type Make = Callable[..., Path]

ROWS = {"ENQ-01": "PASS", "RES-02": "FAIL"}
VERSIONS = {"python": "3.14.8", "django": "6.1.3", "taskgauge": "0.1.0"}
RUN = {"format": 2, "kind": "conformance", "started": "2026-11-01T10:00:00Z", "versions": VERSIONS, "commit": "abc"}
BENCH = RUN | {"kind": "bench", "command": ["taskgauge", "bench"]}


def merge(*runs: Path, out: Path, strict: bool = False) -> Result:
    """Run the command."""
    options = ["--out", str(out), *(["--strict"] if strict else [])]
    return CliRunner().invoke(taskgauge, ["merge", *map(str, runs), *options])


def checked(make_checked: Make, name: str, *targets: str, **run: Any) -> Path:
    """Write a run folder of this version with verdicts on targets."""
    folder = make_checked(dict.fromkeys(targets, ROWS), run=RUN | {"machine": {"cpu": name}} | run, name=name)
    (folder / "registry.json").write_text('{"format": 2, "parts": [], "metrics": []}')
    return folder


def refusal(result: Result) -> str:
    """Return the line of a refusal, below the usage that click's runner prints and the command does not."""
    assert 2 == result.exit_code
    *usage, line = result.stderr.splitlines()
    assert len(usage) <= 3
    return line


def test_targets_of_several_jobs(make_checked: Make, tmp_path: Path) -> None:
    """All targets are in one run, with the machine of each job; a target that some job had is not left out."""
    absent = {
        "left_out": [{"what": "conformance b@redis", "why": "no redis"}, {"what": "conformance d", "why": "gone"}]
    }
    runs = [
        checked(make_checked, "first", "a@redis", started="2026-11-01T10:05:00Z", **absent),
        checked(make_checked, "second", "b@redis", "c"),
    ]

    result = merge(*runs, out=tmp_path / "out")

    assert 0 == result.exit_code, result.output
    merged = read_run_folder(tmp_path / "out")
    assert [target.target for target in merged.targets] == ["a@redis", "b@redis", "c"]
    assert [len(target.requirements) for target in merged.targets] == [2, 2, 2]
    assert merged.run.started == "2026-11-01T10:00:00Z"
    assert merged.run.machine == {"several": [{"cpu": "first"}, {"cpu": "second"}]}
    assert [(origin["machine"], origin["targets"]) for origin in merged.run.options["merged"]] == [
        ({"cpu": "first"}, ["a@redis"]),
        ({"cpu": "second"}, ["b@redis", "c"]),
    ]
    assert [row.what for row in merged.run.left_out] == ["conformance d"]
    assert (tmp_path / "out/report.md").is_file()


def test_targets_and_measurements(make_checked: Make, make_run: Make, tmp_path: Path) -> None:
    """Verdicts on claims and on requirements are those of the runs they came from."""
    bench = make_run("bench", changes=BENCH)
    conformance = checked(make_checked, "conformance", "a@redis")

    assert 0 == merge(conformance, bench, out=tmp_path / "out").exit_code

    merged, before = read_report([tmp_path / "out"]), read_report([bench])
    assert [(verdict.word, verdict.condition) for verdict in merged.verdicts] == [
        (verdict.word, verdict.condition) for verdict in before.verdicts
    ]
    assert len(merged.every[0].run.samples) == len(before.every[0].run.samples)
    assert len(merged.every[0].run.answers) == len(before.every[0].run.answers)
    assert merged.checked[0].target == read_report([conformance]).checked[0].target


def test_different_parts(make_run: Make, tmp_path: Path) -> None:
    """Parts are compared within themselves, so each may come from a run of its own."""
    runs = [make_run(part, parts=[part], changes=BENCH | {"machine": {"cpu": part}}) for part in ("time", "memory")]

    assert 0 == merge(*runs, out=tmp_path / "out").exit_code
    samples = read_run_folder(tmp_path / "out").samples
    assert {sample.part for sample in samples} == {"time", "memory"}
    assert len(samples) == sum(len(read_run_folder(run).samples) for run in runs)


def test_one_part_of_two_runs_is_refused(make_run: Make, tmp_path: Path) -> None:
    """Figures of two runs are never compared, not even if the arms or the machines are the same."""
    runs = [make_run(name, parts=["dispatch"], changes=BENCH | {"seed": name}) for name in ("first", "second")]
    for run, target in zip(runs, ("a", "b"), strict=True):
        shutil.rmtree(run / "dispatch")
        sample = {"metric": "dispatch-rate", "arm": "today", "value": 1.0, "condition": {"target": target}}
        add_samples(run, [Sample(part="dispatch", **sample)])

    said = refusal(merge(*runs, out=tmp_path / "out"))

    assert f"{runs[0]} and {runs[1]} cannot be merged: both measured dispatch, and figures compare only" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"versions": VERSIONS | {"python": "3.13.1"}}, "Python is 3.14.8 in one, 3.13.1 in the other"),
        ({"versions": VERSIONS | {"django": "6.0.10"}}, "Django is 6.1.3 in one, 6.0.10 in the other"),
        ({"versions": VERSIONS | {"taskgauge": "0.2.0"}}, "Taskgauge is 0.1.0 in one, 0.2.0 in the other"),
        ({"commit": "def"}, "the commit is abc in one, def in the other"),
    ],
)
def test_other_versions_are_refused(make_checked: Make, tmp_path: Path, change: dict[str, Any], fact: str) -> None:
    """Verdicts depend on the versions, so a table has one of each."""
    runs = [checked(make_checked, "first", "a"), checked(make_checked, "second", "b", **change)]

    assert fact in refusal(merge(*runs, out=tmp_path / "out"))


def test_one_target_twice_is_refused(make_checked: Make, tmp_path: Path) -> None:
    """A target has one verdict on a requirement."""
    runs = [checked(make_checked, "first", "a", "b"), checked(make_checked, "second", "b", "c")]

    assert "both checked b; leave one out" in refusal(merge(*runs, out=tmp_path / "out"))


def test_two_scales_are_refused(make_run: Make, tmp_path: Path) -> None:
    """A quick part would lend its scale to the commands of the other."""
    runs = [
        make_run("time", parts=["time"], changes=BENCH),
        make_run("memory", parts=["memory"], changes=BENCH | {"command": ["taskgauge", "bench", "--quick"]}),
    ]

    assert "one measured with the usual scale, the other with --quick" in refusal(merge(*runs, out=tmp_path / "out"))


def test_bad_input_is_one_line_each(make_checked: Make, tmp_path: Path) -> None:
    """What cannot be read is left out with a line; with --strict nothing is merged."""
    good = [checked(make_checked, "first", "a"), checked(make_checked, "second", "b")]
    damaged = checked(make_checked, "damaged", "c")
    (damaged / "conformance/c.json").write_text("{")
    old = make_checked({"d": ROWS}, name="old")
    empty = checked(make_checked, "empty")
    gate = Path(__file__).with_name("format_1") / "gate.tar.xz"
    shutil.unpack_archive(gate, tmp_path / "gate", filter="data")
    double = tmp_path / "double"
    shutil.copytree(good[0], double)
    bad = [damaged, old, empty, tmp_path / "gate", double, tmp_path / "missing"]

    result = merge(*good, *bad, out=tmp_path / "out")

    assert 0 == result.exit_code
    assert len(result.stderr.splitlines()) == len(bad)
    assert all(str(path) in line for path, line in zip(bad, result.stderr.splitlines(), strict=True))
    assert [target.target for target in read_run_folder(tmp_path / "out").targets] == ["a", "b"]
    strict = merge(*good, *bad, out=tmp_path / "strict", strict=True)
    assert 2 == strict.exit_code
    assert not (tmp_path / "strict").exists()


def test_an_interrupted_run_stays_interrupted(make_checked: Make, tmp_path: Path) -> None:
    """The merged run is finished only if all of its runs are; a selection stays a selection."""
    runs = [
        checked(make_checked, "first", "a", state="interrupted"),
        checked(make_checked, "second", "b", options={"requirements": ["ENQ-01"]}),
    ]

    merge(*runs, out=tmp_path / "out")

    document = json.loads((tmp_path / "out/run.json").read_text())
    assert document["state"] == "interrupted"
    assert document["options"]["requirements"] == ["ENQ-01"]


def test_out_is_new(make_checked: Make) -> None:
    """A folder with files in it is refused before anything is read."""
    runs = [checked(make_checked, "first", "a"), checked(make_checked, "second", "b")]

    assert str(runs[0]) in refusal(merge(*runs, out=runs[0]))


def test_contracts_of_one_part(make_run: Make, tmp_path: Path) -> None:
    """Each contract of a part comes from one run; the part has one record, and the worse end counts."""
    drained = PartRecord(name="throughput", state="finished", seconds=2.0, predicted_seconds=1.0)
    cut_short = PartRecord(name="throughput", state="failed", seconds=3.5, predicted_seconds=1.0, reason="it died")
    runs = [
        measured(make_run, "first", "in the process", "queue", drained),
        measured(make_run, "second", "broker", "shop@rabbitmq", cut_short),
    ]

    assert 0 == merge(*runs, out=tmp_path / "out").exit_code

    merged = read_run_folder(tmp_path / "out")
    assert {trace.header.target for trace in merged.traces} == {"queue", "shop@rabbitmq"}
    [part] = [part for part in merged.parts if part.name == "throughput"]
    assert ("failed", 5.5, 2.0, "it died") == (part.state, part.seconds, part.predicted_seconds, part.reason)
    groups = [origin["groups"] for origin in merged.run.options["merged"]]
    assert groups == [["throughput, in the process"], ["throughput, broker"]]


def test_published_sessions(make_run: Make, tmp_path: Path) -> None:
    """A published folder with nothing but sessions is joined with run folders; no session and no origin is lost."""
    record = PartRecord(name="throughput", state="finished")
    kept, fresh, last = (measured(make_run, name, name, f"{name}-queue", record) for name in ("kept", "fresh", "last"))
    published = write_published(read_run_folder(kept), tmp_path / "published")

    assert 0 == merge(published, fresh, out=tmp_path / "two").exit_code
    assert 0 == merge(tmp_path / "two", last, out=tmp_path / "three").exit_code

    merged = read_run_folder(tmp_path / "three")
    rows = [*map(session, merged.traces), *merged.sessions]
    assert sorted(row.header.target for row in rows) == ["fresh-queue", "kept-queue", "last-queue"]
    groups = [origin["groups"] for origin in merged.run.options["merged"]]
    assert groups == [["throughput, kept"], ["throughput, fresh"], ["throughput, last"]]
    assert "both measured throughput, kept" in refusal(merge(kept, tmp_path / "two", out=tmp_path / "twice"))


def test_one_part_with_two_choices_of_workloads(make_run: Make, tmp_path: Path) -> None:
    """Contracts of a part that two runs measured with different workloads have no command for both."""
    record = PartRecord(name="throughput", state="finished")
    runs = [measured(make_run, name, name, f"{name}-queue", record) for name in ("first", "second")]
    for run, words in zip(runs, (["--all"], ["--part", "throughput"]), strict=True):
        document = json.loads((run / "run.json").read_text())
        (run / "run.json").write_text(json.dumps(document | {"command": ["taskgauge", "bench", *words]}))

    line = refusal(merge(*runs, out=tmp_path / "out"))

    assert "one measured throughput with --one-cell, the other with its usual workloads" in line


def test_one_contract_of_two_runs(make_run: Make, tmp_path: Path) -> None:
    """Rows that one table orders may not come from two machines."""
    record = PartRecord(name="throughput", state="finished")
    runs = [measured(make_run, name, "broker", name, record) for name in ("first", "second")]

    line = refusal(merge(*runs, out=tmp_path / "out"))

    assert "both measured throughput, broker" in line


def measured(make_run: Make, name: str, contract: str, target: str, part: PartRecord) -> Path:
    """Write a run folder with one session of a target."""
    folder = make_run(name, parts=(), changes=BENCH | {"machine": {"cpu": name}})
    load = Workload(arrival="backlog", tasks=1)
    header = Header(
        part="throughput", target=target, repetition=0, workload=load, contract=contract, ending="all ran", tasks=1
    )
    times, after = array("q", [1]), array("q", [2])
    write_trace(
        folder,
        Trace(header=header, intended=times, enqueue_begin=times, enqueue_end=after, started=times, finished=after),
    )
    document = json.loads((folder / "run.json").read_text())
    document["parts"] = [msgspec.to_builtins(part)]
    (folder / "run.json").write_text(json.dumps(document))
    return folder
