"""The report on targets: the verdict first, every failure spelled out, and nothing left out without a word."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from taskgauge.reports.pages.readme import begin, end, update_readme
from taskgauge.reports.pages.report import Report, read_report, write_report
from taskgauge.reports.rendering.document import Section
from taskgauge.reports.run_folder.errors import ReadmeMarkersMissing
from taskgauge.suites.cli.main import taskgauge

type MakeChecked = Callable[..., Path]

GOOD = {"ENQ-01": "PASS", "ENQ-02": {"inherited": True}, "ENQ-03": "DECLINED", "RES-01": "PASS", "BLT-01": "N/A"}
BAD = GOOD | {"ENQ-01": "FAIL", "RES-01": "OVERCLAIM", "RES-02": "ADVISORY"}
BACKPORT = {"late": {"framework": "django_tasks"}}
AREAS = [f"A{letter}{letter}" for letter in "ABCDEFGHIJKLMNOPQRS"] + ["TXN"]
TWELVE = (
    "django-immediate",
    "django-dummy",
    "reference-memory",
    "reference-process",
    "django-tasks-db@sqlite",
    "django-tasks-db@postgresql",
    "django-tasks-rq@redis",
    "threadmill@redis",
    "django-tasks-local-processes",
    "django-tasks-redis@redis",
    "django-tasks-celery@redis",
    "django-tasks-celery@rabbitmq",
)


def failed(folder: Path, name: str, reason: str) -> Path:
    """Add the file of a target that could not be judged."""
    document = {"format": 1, "target": name, "state": "failed", "reason": reason}
    (folder / f"conformance/{name}.json").write_text(json.dumps(document))
    return folder


def known(verdict: str, expires: str = "2027-01-01") -> dict[str, Any]:
    """Return a row with a known failure."""
    return {"verdict": verdict, "known": {"reason": "a bug", "expires": expires, "link": "https://example.org/1"}}


def section(report: Report, title: str) -> Section:
    """Return the section of this title."""
    return next(each for each in report.document.sections if each.title == title)


def cells(found: Section) -> dict[str, tuple[str, ...]]:
    """Return the rows of all tables of a section by their first cell; spaces are plain."""
    return {
        row[0]: tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row[1:])
        for table in found.tables
        for row in table.rows
    }


def test_the_verdict_is_the_first_sentence(make_checked: MakeChecked) -> None:
    """One target: what it keeps of what it claims, or which it breaks."""
    assert read_report([make_checked({"one": GOOD}, name="a")]).document.summary == (
        "one keeps all 3 MUST that it claims."
    )
    assert read_report([make_checked({"one": BAD}, name="b")]).document.summary == (
        "one breaks 2 of the 3 MUST that it claims: FAIL ENQ-01; OVERCLAIM RES-01."
    )
    assert read_report([make_checked({"one": GOOD | {"ENQ-01": "UNKNOWN"}}, name="c")]).document.summary == (
        "one breaks none of the 3 MUST that it claims, of which 1 could not be concluded. "
        "UNKNOWN: 1 of 4 rows that apply (25.0 %)."
    )


def test_several_targets_are_summed_up(make_checked: MakeChecked) -> None:
    """How many keep all, which break some, which are open, which could not be judged and why."""
    rows = {"bad": BAD, "fine": GOOD, "open": GOOD | {"RES-01": "UNKNOWN"}, "part": GOOD}
    folder = make_checked(rows, {"part": {"state": "partial", "reason": "the run was not finished"}})
    failed(folder, "gone", "gone: no redis here")

    assert read_report([folder]).document.summary == (
        "2 of 5 targets keep every MUST that they claim; 1 breaks some: bad (2); "
        "1 breaks none that could be concluded: open (1 MUST UNKNOWN). gone could not be judged: no redis here. "
        "PARTIAL: part: the run was not finished. UNKNOWN: 1 of 17 rows that apply (5.9 %)."
    )


def test_backport_is_said_first(make_checked: MakeChecked) -> None:
    """A backend of the backport is none of django.tasks, before anything else is said of it."""
    rows = {"early": BAD, "late": BAD | {"BCK-01": "FAIL"}}
    report = read_report([make_checked(rows, BACKPORT)])

    assert report.document.summary.startswith("late is not a django.tasks backend (BCK-01 FAIL): it is built on the")
    broken = next(table for table in section(report, "Conformance").tables if table.headers[0] == "Requirement")
    assert broken.rows[0][0] == "BCK-01"
    assert section(report, "Failures").tables[0].caption == "late: BCK-01 FAIL"


def test_counts_of_each_verdict(make_checked: MakeChecked) -> None:
    """What a target keeps itself and what it inherits are counted apart, and so is each other verdict."""
    found = cells(section(read_report([failed(make_checked({"one": BAD}), "two", "why")]), "Conformance"))

    assert found["one"] == ("+1", "1", "1", "1", "1", "-", "-", "1")
    assert found["two (not judged)"] == ("-",) * 8
    assert found["all"] == ("0/3 +1 1 FAIL 1 OVERCLAIM 1 ADVISORY 1 DECLINED",)
    assert found["ENQ Enqueueing"] == ("0/1 +1 1 FAIL 1 DECLINED",)
    assert found["RES Results"] == ("0/2 1 OVERCLAIM 1 ADVISORY",)
    assert found["BLT Built-in"] == ("N/A",)


def test_declined_areas_have_no_share(make_checked: MakeChecked) -> None:
    """0/0 is no figure: what is declined as a whole says that, what is inherited as a whole too."""
    rows = {"PRI-01": "DECLINED", "SET-01": {"inherited": True}, "XYZ-01": "PASS"}
    found = cells(section(read_report([make_checked({"one": rows})]), "Conformance"))

    assert [("1 DECLINED",), ("+1",), ("1/1",)] == [found[area] for area in ("PRI Priority", "SET Settings", "XYZ")]


def test_matrix_is_readable_on_a_terminal(make_checked: MakeChecked) -> None:
    """Twelve targets, twenty areas, many failures: 100 columns are enough."""
    verdicts = ("PASS", "FAIL", "OVERCLAIM", "ADVISORY", "UNDERCLAIM", "UNKNOWN", "DECLINED")
    rows = {f"{area}-{number:02}": verdicts[number % 7] for area in AREAS for number in range(1, 20)}
    text = read_report([make_checked(dict.fromkeys(TWELVE, rows))]).terminal(tables=False)

    tables = text.partition("Requirements by verdict")[2]
    drawn = [line for line in tables.splitlines() if not line.startswith(("  ", "By area"))]
    assert max(map(len, drawn)) <= 100
    assert "1 UNDERCLAIM" not in text
    assert "3 UNDERCLAIM" in text
    assert all(name.replace("@", " @") in text or name in text for name in TWELVE)


def test_failures_are_spelled_out(make_checked: MakeChecked) -> None:
    """What was asked for, expected and seen, the worker's words, the documentation, and how to run just that."""
    report = read_report([make_checked({"one": BAD})])
    first, second = section(report, "Failures").tables

    assert ("one: ENQ-01 FAIL", "one: RES-01 OVERCLAIM") == (first.caption, second.caption)
    assert dict(first.rows) == {
        "requirement": "What ENQ-01 asks for. (MUST)",
        "reason": "status: expected FAILED, seen RUNNING",
        "test": "test_enq.py::test_it",
        "expected": "FAILED",
        "observed": "RUNNING",
    }
    assert first.quoted == (("Last output of the worker", "Traceback of ENQ-01\n  in the task"),)
    assert first.links == (("documentation", "https://docs.djangoproject.com/en/6.1/ref/tasks/#ENQ-01"),)
    assert first.commands == (("this requirement", "taskgauge conformance --requirement ENQ-01"),)
    assert "    |   in the task\n" in report.terminal(tables=False)
    assert [table.caption for table in section(report, "Advisory").tables] == ["one: RES-02 ADVISORY"]
    assert "RES-02 ADVISORY" not in report.terminal(tables=False)


def test_a_failure_of_the_base_classes_says_so(make_checked: MakeChecked) -> None:
    """Where the backend overrides nothing, the fault is not its own; what is long is cut; every test is told."""
    tests = [
        {"name": "test_a", "outcome": "failed", "seen": "x" * 2000, "reason": "why a"},
        {"name": "test_b", "outcome": "failed", "reason": "why b"},
        {"name": "test_c", "outcome": "passed", "reason": "no"},
    ]
    row = {"verdict": "FAIL", "inherited": True, "reason": "why a", "tests": tests, "link": "", "command": ""}
    (table,) = section(read_report([make_checked({"one": {"DEF-06": row}})]), "Failures").tables

    assert table.caption == "one: DEF-06 FAIL, inherited from Django's base classes"
    assert [row[0] for row in table.rows] == ["requirement", "reason", "test", "observed", "test", "test reason"]
    assert table.rows[3][1] == f"{'x' * 1000}… (2,000 characters)"
    assert (table.links, table.commands, table.quoted) == ((), (), ())


def test_many_failures_are_spelled_out_in_the_files_only(make_checked: MakeChecked) -> None:
    """A terminal has each broken requirement and who breaks it; the rest is read at leisure."""
    rows = {f"ENQ-{number:02}": "FAIL" for number in range(1, 22)}
    report = read_report([make_checked({"one": rows})])

    assert "Broken MUST requirements" in report.terminal(tables=False)
    assert "this requirement" not in report.terminal(tables=False)
    assert "this requirement" in report.text
    assert "this requirement" in report.files()["report.md"]


def test_what_must_not_be_is_a_fault(make_checked: MakeChecked) -> None:
    """A broken MUST counts, a failed SHOULD does not; each target has one line."""
    report = read_report([make_checked({"bad": BAD, "fine": GOOD | {"RES-02": "ADVISORY"}})])

    assert report.faults == ("bad breaks 2 MUST: FAIL ENQ-01; OVERCLAIM RES-01.",)
    assert read_report([make_checked({"fine": GOOD}, name="other")]).faults == ()


@pytest.mark.parametrize(
    ("row", "standing", "faults"),
    [
        (known("FAIL"), "still fails", ()),
        (known("OVERCLAIM"), "still fails", ()),
        (known("FAIL", "2026-11-22"), "still fails", ()),
        (known("UNKNOWN"), "not concluded", ()),
        (known("N/A"), "does not apply", ()),
        (known("PASS"), "PASSES AGAIN", ("one: the known failure of ENQ-01 passes again; take it off the list.",)),
        (known("DECLINED"), "PASSES AGAIN", ("one: the known failure of ENQ-01 passes again; take it off the list.",)),
        (known("FAIL", "2026-11-21"), "PAST ITS DATE", ("one breaks 1 MUST: FAIL ENQ-01.",)),
        (
            known("UNKNOWN", "2026-11-21"),
            "PAST ITS DATE",
            ("one: the known failure of ENQ-01 is past its date; look at it again.",),
        ),
    ],
    ids=range(9),
)
def test_known_failures(make_checked: MakeChecked, row: dict[str, Any], standing: str, faults: tuple[str, ...]) -> None:
    """One that was written down is no fault until it passes again, or its day is past on the day of the run."""
    report = read_report([make_checked({"one": GOOD | {"ENQ-01": row}})])

    assert report.faults == faults
    table = next(table for table in section(report, "Conformance").tables if table.caption == "Known failures")
    expires = row["known"]["expires"]
    assert table.rows == (("one", "ENQ-01", "a bug", expires, standing, "https://example.org/1"),)


def test_known_failures_are_told_apart(make_checked: MakeChecked) -> None:
    """They are counted with the others, and said to be known."""
    report = read_report([make_checked({"one": BAD | {"ENQ-01": known("FAIL")}})])

    assert "breaks 2 of the 3 MUST that it claims (known failures: 1)" in report.document.summary
    assert cells(section(report, "Conformance"))["ENQ Enqueueing"] == ("0/1 +1 1 FAIL 1 DECLINED (1 known)",)
    assert "a known failure (still fails) until 2027-01-01: a bug" in section(report, "Failures").tables[0].caption


def test_a_run_without_a_date_counts_as_of_today(make_checked: MakeChecked) -> None:
    """Where nothing says when it was, it is now."""
    folder = make_checked({"one": {"ENQ-01": known("FAIL", "2020-01-01")}}, run=None)

    assert read_report([folder]).faults == ("one breaks 1 MUST: FAIL ENQ-01.",)


def test_the_command_ends_with_1_where_something_must_not_be(make_checked: MakeChecked) -> None:
    """A script can tell a kept promise from a broken one."""
    codes = [
        CliRunner().invoke(taskgauge, ["report", str(make_checked({"one": rows}, name=name))]).exit_code
        for name, rows in (("good", GOOD), ("bad", BAD))
    ]

    assert codes == [0, 1]


def test_flags_and_what_contradicts_them(make_checked: MakeChecked) -> None:
    """Yes or no as the backend says, beside the requirements that say otherwise."""
    rows = {"one": BAD | {"PRI-01": "UNDERCLAIM"}, "two": GOOD}
    found = section(read_report([make_checked(rows, {"two": {"flags": {"supports_other": True}}})]), "Flags")

    assert found.tables[0].headers == ("Target", "defer", "priority", "other", "OVERCLAIM", "UNDERCLAIM")
    assert found.tables[0].rows == (("one", "yes", "no", "", "RES-01", "PRI-01"), ("two", "", "", "yes", "", ""))


def test_behaviour_stands_beside_each_other(make_checked: MakeChecked) -> None:
    """One row for each aspect of a question, one column for each target; details are told once."""
    question = {"id": "OQ-01", "question": "When?", "answer": "on commit", "detail": "after 2 ms"}
    asked = [question | {"aspect": "commit"}, question | {"aspect": "rollback", "answer": "never", "detail": ""}]
    twice = [asked[0], asked[0] | {"answer": "at once"}]
    side = [{"id": "DIS-05", "question": "`bytes`", "answer": "decoded"}]
    changes = {"one": {"open_questions": asked, "disagreements": side}, "two": {"open_questions": twice}}
    report = read_report([make_checked(dict.fromkeys(("one", "two", "three"), GOOD), changes)])

    what, answers, seen = section(report, "Open questions").tables
    assert what.rows == (("OQ-01", "When?"),)
    assert answers.headers == ("Name", "one", "two")
    assert answers.rows == (("OQ-01 commit", "on commit", "on commit / at once"), ("OQ-01 rollback", "never", ""))
    assert seen.rows == (
        ("OQ-01 commit", "on commit", "after 2 ms", "one, two"),
        ("OQ-01 commit", "at once", "after 2 ms", "two"),
    )
    assert cells(section(report, "Disagreements"))["DIS-05"] == ("decoded",)
    assert len(section(report, "Disagreements").tables) == 2


def test_round_trip(make_checked: MakeChecked) -> None:
    """The smallest example of what comes through changed."""
    difference = {"what": "argument", "example": "{1: 2}", "expected": "{'1': 2}", "seen": "{1: 2}"}
    report = read_report([make_checked({"one": GOOD}, {"one": {"round_trip": [difference]}})])

    assert cells(section(report, "Round trip")) == {"one": ("argument", "{1: 2}", "{'1': 2}", "{1: 2}")}


def test_nothing_is_left_out_without_a_word(make_checked: MakeChecked) -> None:
    """UNKNOWN with its share, N/A and DECLINED with their reasons, targets that did not finish, targets left out."""
    rows = {"ENQ-01": {"verdict": "UNKNOWN", "reason": "no worker"}, "PKL-01": {"verdict": "N/A", "reason": "6.1 only"}}
    left_out = [{"what": "conformance far@redis", "why": "no redis here"}]
    folder = make_checked({"one": GOOD | rows, "two": GOOD | rows}, run={"left_out": left_out})
    report = read_report([failed(folder, "gone", "its worker is never ready")])

    found = cells(section(report, "Unknown, declined, not applicable"))
    assert found["one"] == ("4", "1", "25.0 %")
    assert found["no worker"] == ("ENQ-01", "one, two")
    assert found["6.1 only"] == ("PKL-01", "one, two")
    targets = section(report, "Targets")
    assert targets.tables[0].quoted == (("Settings of one", "TASKS = {}"), ("Settings of two", "TASKS = {}"))
    told = {table.caption: table.rows for table in targets.tables}
    assert told["Targets that did not finish"] == (("gone", "failed", "its worker is never ready"),)
    assert told["Left out"] == (("conformance far@redis", "no redis here"),)
    assert (report.unknown, report.not_judged) == (2, ("gone: its worker is never ready",))


def test_a_folder_of_nothing_but_failed_targets(make_checked: MakeChecked) -> None:
    """There is a report even if no target could be started."""
    report = read_report([failed(make_checked({}), "gone", "")])

    assert report.document.summary == "gone could not be judged: no reason is given."
    assert report.faults == ()


def test_conformance_alone_is_written(make_checked: MakeChecked) -> None:
    """A run that measured nothing has no measurements and no verdicts on claims; it is the same again to the byte."""
    folder = make_checked({"one": BAD, "two": GOOD})
    report = write_report([folder])
    names = ("report.md", "report.html", "conformance.csv", "conformance.json")
    first = [(folder / name).read_bytes() for name in names]
    write_report([folder])

    assert {*names, "run.json", "conformance"} == {path.name for path in folder.iterdir()}
    assert first == [(folder / name).read_bytes() for name in names]
    assert report.document.title == "Conformance of task backends to Django's requirements"
    assert "Verdicts" not in {each.title for each in report.document.sections}
    assert "memory" not in report.text


def test_bench_and_conformance_in_one_folder(
    make_checked: MakeChecked, make_run: Callable[..., Path], tmp_path: Path
) -> None:
    """A folder that holds both has both in one report, and so have two folders."""
    folder = make_run(name="both", parts=["time"])
    make_checked({"one": BAD}, run=None, name="both")
    both = read_report([folder])

    titles = [each.title for each in both.document.sections]
    assert titles[:2] == ["Conformance", "Failures"]
    assert {"Verdicts", "Time", "Run details"} <= set(titles)
    assert len(titles) == len(set(titles))
    assert both.document.summary.startswith("one breaks 2")
    assert "samples" in both.document.summary
    assert {"measurements.csv", "conformance.csv"} <= set(both.files())
    assert "ENQ-01" in both.terminal(tables=False)
    apart = write_report([make_checked({"two": GOOD}, name="other"), folder], tmp_path / "out")
    assert [analysis.run.path.name for analysis in apart.analyses] == ["both"]
    assert ["two", "one"] == [one.name for one in apart.checked]


def test_the_same_target_in_two_runs(make_checked: MakeChecked) -> None:
    """Each is named with its run, and with its folder where the run does not tell them apart."""
    old = {"versions": {"python": "3.12.1", "django": "6.0.10"}}
    folders = [
        make_checked({"one": GOOD}, run=old, name="old"),
        make_checked({"one": BAD}, name="new"),
        make_checked({"one": BAD}, name="twin"),
    ]

    assert [one.name for one in read_report(folders).checked] == [
        "one (Python 3.12.1, Django 6.0.10)",
        "one (Python 3.14.8, Django 6.1.3 (new))",
        "one (Python 3.14.8, Django 6.1.3 (twin))",
    ]


def test_records_hold_every_row(make_checked: MakeChecked) -> None:
    """CSV and JSON hold the same: one record a row, and one for each target without any."""
    files = read_report([failed(make_checked({"one": BAD, "two": GOOD}), "gone", "why")]).files()
    document = json.loads(files["conformance.json"])
    rows = list(csv.DictReader(files["conformance.csv"].splitlines()))

    records = document["records"]
    assert [{name: "" if value is None else str(value) for name, value in record.items()} for record in records] == rows
    assert len(BAD) + len(GOOD) + 1 == len(records)
    broken = next(record for record in records if record["verdict"] == "FAIL")
    assert ("one", "ENQ-01", "FAILED", "RUNNING") == tuple(broken[key] for key in ("target", "id", "expected", "seen"))
    assert [("gone", []), ("one", ["one breaks 2 MUST: FAIL ENQ-01; OVERCLAIM RES-01."]), ("two", [])] == [
        (target["name"], target["faults"]) for target in document["targets"]
    ]


def test_text_of_a_target_is_never_markup(make_checked: MakeChecked) -> None:
    """What a worker says is shown, not obeyed, in a fence that it cannot leave."""
    tests = [{"name": "t", "outcome": "failed", "worker_tail": "```\n<script>alert(1)</script>", "seen": "<b>"}]
    row = {"verdict": "FAIL", "tests": tests, "link": "javascript:alert(1)"}
    files = read_report([make_checked({"one": {"ENQ-01": row}})]).files()

    assert "<script>" not in files["report.html"]
    assert 'href="javascript' not in files["report.html"]
    assert "````text\n```\n<script>alert(1)</script>\n````" in files["report.md"]


def test_links_can_be_followed(make_checked: MakeChecked) -> None:
    """The page and the Markdown link to the documentation."""
    files = read_report([make_checked({"one": BAD})]).files()
    address = "https://docs.djangoproject.com/en/6.1/ref/tasks/#ENQ-01"

    assert f'<a href="{address}">{address}</a>' in files["report.html"]
    assert f"- documentation: <{address}>" in files["report.md"]


def test_readme_takes_the_matrix(make_checked: MakeChecked, tmp_path: Path) -> None:
    """Between markers of its own; the verdicts on claims are left as they are where nothing was measured."""
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{begin('conformance')}\nold\n{end('conformance')}\nafter\n")
    report = read_report([make_checked({"one": BAD})])

    assert update_readme(readme, report)
    assert not update_readme(readme, report)

    text = readme.read_text()
    assert text.startswith(f"before\n{begin('conformance')}\n\nRequirements by verdict")
    assert "made by `taskgauge conformance one`" in text
    assert "| ENQ Enqueueing |" in text
    assert text.endswith(f"{end('conformance')}\nafter\n")
    readme.write_text("no markers")
    with pytest.raises(ReadmeMarkersMissing, match="conformance: begin"):
        update_readme(readme, report)


def test_backends_at_a_glance(make_checked: MakeChecked, tmp_path: Path) -> None:
    """One line for each backend, without the reference backends."""
    readme = tmp_path / "README.md"
    name = "backends at a glance"
    readme.write_text(f"{begin(name)}\n{end(name)}\n")
    verdicts = {"shop@redis": BAD, "shop@sqlite": BAD, "reference-memory": BAD}

    update_readme(readme, read_report([make_checked(verdicts)]))

    rows = [line for line in readme.read_text().splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows] == ["| Target", "| shop@redis"]
    kept, applying = map(int, re.findall(r"\| (\d+) of (\d+) \|", rows[1])[0])
    assert 0 < kept < applying
