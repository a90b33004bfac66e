"""The requirements and the questions are read as they were written down, and nothing else is taken for one."""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.tasks import Task
from django.tasks.backends.base import BaseTaskBackend

from taskgauge.reports.judging.conformance.requirement import Requirement
from taskgauge.suites.conformance import questions, requirements
from taskgauge.suites.conformance.questions import load_questions
from taskgauge.suites.conformance.requirements import (
    FRAMEWORK,
    RequirementsBroken,
    load_requirements,
    read_tables,
)

PAGES = {"topics/tasks/", "ref/tasks/", "ref/settings/", "ref/signals/", "ref/checks/"}
RELEASES = {"6.0.3+": "releases/6.0.3/", "6.1": "releases/6.1/"}
FLAGS = {"supports_defer", "supports_async_task", "supports_get_result", "supports_priority"}
ROW = """
[[requirement]]
id = "TSK-01"
area = "TSK"
level = "MUST"
sentence = "It holds."
source = "documentation"
link = "https://docs.djangoproject.com/en/{version}/ref/tasks/"
versions = "both"
observed = "in process"
"""


def read(folder: Path, text: str) -> dict[str, Requirement]:
    """Read a file with this text."""
    path = folder / "rows.toml"
    path.write_text(text, encoding="utf-8")
    return read_tables(path, "requirement", Requirement)


def test_there_are_165() -> None:
    """165 requirements, of which 126 are a MUST, in 20 areas without a gap."""
    found = load_requirements()

    assert (165, {"MUST": 126, "SHOULD": 39}) == (len(found), Counter(row.level for row in found.values()))
    areas = Counter(row.area for row in found.values())
    assert len(areas) == 20
    assert list(found) == [f"{area}-{number:02}" for area, count in areas.items() for number in range(1, count + 1)]


@pytest.mark.parametrize("row", load_requirements().values(), ids=lambda row: row.id)
def test_each_row_can_be_used(row: Requirement) -> None:
    """A sentence, a source in words, a link that can be a page, and names that exist."""
    assert row.sentence.endswith(".")
    assert row.source.startswith(("documentation", "base classes", "built-in backend", "DEP 14", "inference"))
    link = urlsplit(row.link_for((6, 1, 3)))
    page = link.path.removeprefix("/en/6.1/")
    assert (link.scheme, link.netloc) == ("https", "docs.djangoproject.com")
    assert page in PAGES or page == RELEASES.get(row.versions)
    assert all(hasattr(BaseTaskBackend, name) or hasattr(Task, name) or name == FRAMEWORK for name in row.rests_on)
    assert not row.rests_on or "base classes" in row.source
    assert bool(row.built_in_only) == (row.area == "BLT")


def test_flags_gate_something() -> None:
    """Each flag is asked for by some requirement, and one asks for its absence."""
    gates = {gate for row in load_requirements().values() for gate in row.gates}

    assert gates == FLAGS | {"not supports_get_result", "retries", "queue selection"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TSK-01", [True, True, True, True]),
        ("PKL-01", [False, False, True, True]),
        ("PKL-07", [True, True, False, False]),
        ("SIG-09", [False, True, True, True]),
    ],
)
def test_versions(name: str, expected: list[bool]) -> None:
    """A requirement applies to the versions it names; both and 6.1 include all that is later."""
    row = load_requirements()[name]

    assert expected == [row.applies_to(version) for version in [(6, 0), (6, 0, 10), (6, 1), (7, 0, 1)]]


def test_link_names_the_version_in_use() -> None:
    """A reader lands in the documentation of the Django that was checked."""
    row = load_requirements()["TSK-06"]

    assert row.link_for((6, 0, 10)) == "https://docs.djangoproject.com/en/6.0/ref/tasks/#django.tasks.Task.using"


def test_questions() -> None:
    """37 open questions and 23 disagreements; the latter tell both sides."""
    found = load_questions()

    assert list(found) == [f"OQ-{number:02}" for number in range(1, 38)] + [f"DIS-{n:02}" for n in range(1, 24)]
    assert all(row.text and row.documentation for row in found.values())
    assert all(row.source for row in found.values() if row.id.startswith("DIS"))


def test_mentioned_ids_exist() -> None:
    """What a sentence refers to is there to be read."""
    found = load_requirements() | load_questions()
    texts = [row.sentence for row in load_requirements().values()]
    texts += [f"{row.text} {row.documentation} {row.source}" for row in load_questions().values()]
    mentioned = {name for text in texts for name in re.findall(r"\b(?:DIS|OQ)-\d\d\b", text)}

    assert mentioned
    assert mentioned <= set(found)


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (("id = ", "name = "), "missing required field `id`"),
        (('"MUST"', '"MAY"'), "Invalid enum value 'MAY'"),
        (('"both"', "6.1"), "Expected `str`, got `float`"),
        (("observed = ", 'gates = ["supports_magic"]\nobserved = '), "supports_magic"),
        (("observed = ", 'colour = "red"\nobserved = '), "key colour is unknown"),
        (('"in process"', ""), "Invalid value"),
        (("[[requirement]]", "[[row]]"), "nothing else"),
        (("[[requirement]]", "[requirement]"), "nothing else"),
        (("\n[[", '\ntitle = "all"\n[['), "nothing else"),
    ],
)
def test_a_broken_row_is_one_line(tmp_path: Path, change: tuple[str, str], fact: str) -> None:
    """Whatever is wrong with the file, the error names it and the place."""
    with pytest.raises(RequirementsBroken) as caught:
        read(tmp_path, ROW.replace(*change))

    assert fact in str(caught.value)
    assert "rows.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_ids_are_unique(tmp_path: Path) -> None:
    """The same id twice is an error, not the later of the two."""
    with pytest.raises(RequirementsBroken, match="there are two TSK-01"):
        read(tmp_path, ROW + ROW)


@pytest.mark.parametrize(
    ("change", "fact"),
    [(('"TSK-01"', '"TSK-1"'), "not of area"), (("{version}", "6.1"), "names no {version}")],
)
def test_a_row_must_fit_its_area(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], fact: str
) -> None:
    """An id of another form, or a link of one version only, is refused."""
    path = tmp_path / "rows.toml"
    path.write_text(ROW.replace(*change), encoding="utf-8")
    monkeypatch.setattr(requirements, "FILE", path)

    with pytest.raises(RequirementsBroken, match=fact):
        load_requirements()


def test_questions_are_read_as_strictly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that lacks its text is refused, and so is a file that is not there."""
    path = tmp_path / "rows.toml"
    monkeypatch.setattr(questions, "FILE", path)
    with pytest.raises(RequirementsBroken, match="No such file"):
        load_questions()

    path.write_text('[[question]]\nid = "OQ-01"\n', encoding="utf-8")
    with pytest.raises(RequirementsBroken, match="missing required field `text`"):
        load_questions()
