"""Published folders: they say what their run folder says, hold no name of the machine, and are not merged."""

import json
import math
import shutil
import socket
from array import array
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.pages.report import read_report
from taskgauge.reports.publication.machine_words import public_command, without_machine
from taskgauge.reports.publication.publication_errors import NotForPublication
from taskgauge.reports.publication.published_folder import publishable, write_published
from taskgauge.reports.run_folder.errors import RunFileBroken
from taskgauge.reports.run_folder.merge_errors import NothingToMerge
from taskgauge.reports.run_folder.merged_folder import merge
from taskgauge.reports.run_folder.reader import read_run_folder
from taskgauge.reports.run_folder.records import Sample
from taskgauge.reports.run_folder.traces import TIMES, Header, Trace, Workload, write_trace

type Make = Callable[..., Path]

REAL = Path(__file__).with_name("format_1")
ROWS = {"ENQ-01": "PASS", "PRI-01": "OVERCLAIM", "RES-02": "FAIL", "RES-03": "ADVISORY", "DEF-01": "DECLINED"}
TARGETS = {"threadmill@redis": ROWS, "other@postgresql": ROWS | {"RES-02": "PASS"}}
STARTED = {"started": "2026-11-01T10:00:00Z", "commit": "abc1234"}


def real(name: str, folder: Path) -> Path:
    """Unpack a run folder of an earlier version."""
    shutil.unpack_archive(REAL / f"{name}.tar.xz", folder / name, filter="data")
    return folder / name


def session(target: str, step: int, repetition: int) -> Trace:
    """Return a session in which each of four tasks takes a step, one after another."""
    facts = Header(
        part="throughput",
        target=target,
        repetition=repetition,
        workload=Workload(arrival="backlog", tasks=4),
        contract="store",
        ending="all ran",
    )
    times = (
        [0] * 4,
        range(1, 5),
        range(2, 6),
        (1000 + step * number for number in range(4)),
        (1000 + step * (number + 1) for number in range(4)),
    )
    return Trace(header=facts, **{name: array("q", column) for name, column in zip(TIMES, times, strict=True)})


def published(folder: Path, out: Path) -> Path:
    """Publish a run folder and return the published one."""
    return write_published(publishable(read_run_folder(folder)), out)


def close(first: Any, second: Any) -> bool:
    """Return True if two JSON values are equal, numbers up to the rounding of published values."""
    if isinstance(first, float) and isinstance(second, float | int):
        return math.isclose(first, second, rel_tol=1e-4, abs_tol=1e-4)
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(close(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(close, first, second))
    return bool(first == second)


@pytest.mark.parametrize("name", ["bench", "conformance", "interrupted"])
def test_a_published_folder_says_the_same(name: str, tmp_path: Path) -> None:
    """Verdicts, figures and answers of a real run are those of its run folder, and take less space."""
    folder = real(name, tmp_path)
    again = published(folder, tmp_path / "published")
    first, second = read_report([folder]), read_report([again])

    assert [verdict.word for verdict in first.verdicts] == [verdict.word for verdict in second.verdicts]
    one, two = (
        {kind: text for kind, text in report.files().items() if kind.endswith(".json")} for report in (first, second)
    )
    assert one.keys() == two.keys()
    for kind in one:
        assert close(json.loads(one[kind])["records"], json.loads(two[kind])["records"]), kind
    size = sum(path.stat().st_size for path in again.rglob("*") if path.is_file())
    # A run folder of that time has no registry.
    size -= (again / "registry.json").stat().st_size
    reports = {"report.md", "report.html", *one, "measurements.csv", "conformance.csv"}
    assert size < sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name not in reports)


def test_sessions_are_published_without_their_times(make_run: Make, tmp_path: Path) -> None:
    """The order of targets follows from the figures of each session, and no trace is published."""
    folder = make_run("sessions", parts=[], changes=STARTED)
    for target in ("threadmill@redis", "other@postgresql"):
        for repetition in range(5):
            write_trace(folder, session(target, 10_000_000 * (1 + (target == "threadmill@redis")), repetition))
    again = published(folder, tmp_path / "published")

    (first,), (second,) = read_report([folder]).every, read_report([again]).every
    assert [(row.target, row.place) for row in second.standings] == [
        ("other@postgresql", "1"),
        ("threadmill@redis", "2"),
    ]
    assert first.standings == second.standings
    assert not list(again.rglob("*.gz"))


def test_publishing_twice_is_the_same(make_run: Make, make_checked: Make, tmp_path: Path) -> None:
    """A published folder can be published again and does not change; an old file in it goes."""
    for folder in (make_run(changes=STARTED), make_checked(TARGETS, run=STARTED)):
        first = published(folder, tmp_path / f"one-{folder.name}")
        (first / "old.json").write_text("{}")
        second = published(first, tmp_path / f"two-{folder.name}")
        third = published(folder, first.parent)

        files = {path.relative_to(first): path.read_bytes() for path in first.rglob("*") if path.is_file()}
        assert files == {path.relative_to(second): path.read_bytes() for path in second.rglob("*") if path.is_file()}
        assert third == first


def test_counts_are_published_exactly(make_run: Make, tmp_path: Path) -> None:
    """A count keeps all its digits, in whatever order its slices stand; a time has six."""
    folder = make_run(parts=["memory", "time"], changes=STARTED)
    with (folder / "memory/samples.jsonl").open("a") as file:
        for process, place, value in ((8, 4, 123456789), (8, 2, 2), (8, 3, 987654321)):
            row = {"part": "memory", "metric": "allocations", "arm": "today", "value": value, "process": process}
            file.write(json.dumps(row | {"slice": place}) + "\n")
    samples = read_run_folder(published(folder, tmp_path / "published")).samples

    counts = {(row.process, row.slice): row.value for row in samples if row.metric == "allocations"}
    assert counts == {(8, 2): 2, (8, 3): 987654321, (8, 4): 123456789}
    assert {len(f"{row.value:.15g}".replace(".", "").strip("0")) for row in samples if row.part == "time"} <= set(
        range(1, 7)
    )
    assert all(isinstance(row, Sample) for row in samples)


def test_no_name_of_the_machine_is_published(
    make_checked: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths lose their folders wherever they stand, and the host is not named."""
    monkeypatch.setattr(socket, "gethostname", lambda: "tower.example.org")
    home = Path.home()
    library = f"{home}/x/site-packages/rq/job.py"
    words = f"No such file: '{tmp_path}/secret/db.sqlite3' of celery@tower, tower-5739-50Riv in {library}, line 7"
    rows = ROWS | {
        "RES-02": {"verdict": "FAIL", "reason": words, "command": f"taskgauge conformance {tmp_path}/b.toml"}
    }
    command = ["taskgauge", "conformance", f"{tmp_path}/b.toml", "--out", str(tmp_path), f"--environments={tmp_path}"]
    target = {"settings": f"DATABASES = {{'NAME': '{tmp_path}/db'}}", "log": f"{tmp_path}/log"}
    folder = make_checked({"a": rows}, {"a": target}, run=STARTED | {"command": command})
    again = published(folder, tmp_path / "published")

    for path in again.rglob("*"):
        text = path.read_text() if path.is_file() else ""
        assert str(tmp_path) not in text, path
        assert str(home) not in text, path
        assert "tower" not in text, path
    run = read_run_folder(again)
    assert run.run.command == ["taskgauge", "conformance", "…/b.toml"]
    reason = next(row.reason for row in run.targets[0].requirements if row.id == "RES-02")
    assert reason == "No such file: '…/db.sqlite3' of celery@HOST, HOST-5739-50Riv in rq/job.py, line 7"


@pytest.mark.parametrize(
    "text",
    [
        "https://docs.djangoproject.com/en/6.1/ref/tasks/#x",
        "redis://127.0.0.1:6379/0",
        "and/or, 1/2, tasks/s, /",
        "test_tasks.py::test_it[a/b]",
        "a ratio of 3 / 4",
    ],
)
def test_other_texts_stay(text: str) -> None:
    """Addresses, units and names of tests are no paths of this machine."""
    assert text == without_machine(text)


def test_commands_keep_their_options() -> None:
    """Only what says where files lie goes; the last option may lack its value."""
    assert public_command(["taskgauge", "bench", "--out", "/x/y", "--quick"]) == ["taskgauge", "bench", "--quick"]
    assert public_command(["taskgauge", "bench", "--tasks", "10", "--out"]) == ["taskgauge", "bench", "--tasks", "10"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"started": ""}, "does not say when it started"),
        ({"state": "running"}, "has not ended"),
    ],
)
def test_what_cannot_be_published(make_checked: Make, changes: dict[str, str], words: str) -> None:
    """A run without a start, or one that has not ended, is one clear line."""
    run = read_run_folder(make_checked(TARGETS, run=STARTED | changes))

    with pytest.raises(NotForPublication, match=words):
        publishable(run)


def test_an_installed_wheel_needs_its_commit(make_checked: Make) -> None:
    """A run that only knows its version gets the named commit; one that knows its commit keeps it."""
    versions = {"python": "3.14.8", "django": "6.1.3", "taskgauge": "0.1.0"}
    wheel = read_run_folder(make_checked(TARGETS, run=STARTED | {"commit": "0.1.0", "versions": versions}))
    known = read_run_folder(make_checked(TARGETS, run=STARTED, name="known"))

    assert publishable(wheel, "abc1234").run.commit == "abc1234"
    assert publishable(known, "abc1234").run.commit == "abc1234"
    with pytest.raises(NotForPublication, match="made by abc1234"):
        publishable(known, "fff9999")


def test_a_published_folder_is_not_merged(make_checked: Make, tmp_path: Path) -> None:
    """It holds less than a run folder, so a merge refuses it."""
    folders = [make_checked({name: ROWS}, run=STARTED, name=name) for name in ("a", "b")]
    again = [published(folder, tmp_path / "published" / folder.name) for folder in folders]

    with pytest.raises(NothingToMerge) as error:
        merge(again, tmp_path / "merged")
    assert all("published folder" in line for line in error.value.problems)


@pytest.mark.parametrize(
    "line",
    [
        '{"metric":"create","arm":"today","runs":[[0,0]]}',
        '{"metric":"create","arm":"today","runs":[[0.5,0,1]]}',
        '{"metric":"create","arm":"today"}',
        "{",
    ],
)
def test_damaged_groups_are_named(make_run: Make, tmp_path: Path, line: str) -> None:
    """A line that is no group is an error with file and line."""
    again = published(make_run(parts=["time"], changes=STARTED), tmp_path / "published")
    with (again / "time/groups.jsonl").open("a") as file:
        file.write(f"{line}\n")

    with pytest.raises(RunFileBroken, match=r"groups\.jsonl cannot be read: line \d+"):
        read_run_folder(again)


def test_damaged_requirements_are_named(make_checked: Make, tmp_path: Path) -> None:
    """The shared file must hold objects; without it the rows lack their sentences, which is an error, too."""
    again = published(make_checked(TARGETS, run=STARTED), tmp_path / "published")
    shared = again / "requirements.json"
    shared.write_text('{"format": 2, "requirements": []}')
    with pytest.raises(RunFileBroken, match="no objects"):
        read_run_folder(again)
    shared.unlink()
    with pytest.raises(RunFileBroken, match="requirement 1"):
        read_run_folder(again)
    shutil.rmtree(again)
