"""The conformance command on descriptors of nonsense, and on failures that are known."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commanding import describe, describe_durable, run, write

pytestmark = pytest.mark.slow

HONEST = "taskgauge.backends.reference.ReferenceImmediateBackend"
TODAY = datetime.now(UTC).date()
NEXT_YEAR, YESTERDAY = TODAY + timedelta(days=366), TODAY - timedelta(days=1)


def known(requirement: str, expires: object = NEXT_YEAR, more: str = "") -> str:
    """Return the table of a known failure."""
    link = "https://example.org/issues/7"
    return f"""
        [[known_failures]]
        requirement = "{requirement}"
        reason = "nobody has looked yet"
        link = "{link}"
        expires = {expires}
        {more}
    """


# Wrong before anything runs


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("shop = 1", "key shop is unknown; known are backend, "),
        ("parallel = 'two'", "key parallel must be a whole number, and is 'two'"),
        ("parallel = 0", "key parallel must be above zero and finite, and is 0"),
        ("stores = ['filing-cabinet']", "key stores has 'filing-cabinet', and stores are made of "),
        ("settings = 'URL = \"{shop}\"'", "key settings: placeholder {shop} is unknown; known are "),
        ("settings = 'lost.py'", "lost.py cannot be read"),
        ("settings = 'TASKS = '", "key settings: line 1 is no Python"),
        ("name = '../elsewhere'", "key name has more than letters, digits, . _ -, or than 100 of them"),
        (f"name = '{'x' * 101}'", "key name has more than letters, digits, . _ -, or than 100 of them"),
        ("bounds.idle_pick_up = nan", "key bounds.idle_pick_up must be above zero and finite, and is nan"),
        ("bounds.recovery = inf", "key bounds.recovery must be above zero and finite, and is inf"),
        ("[[prepare]]\ncommand = []", "key prepare[0].command must not be empty"),
        ("[[prepare]]\ncommand = ['{redis}']", "key prepare[0].command: placeholder {redis} is unknown"),
        ("=", "backend.toml: Invalid "),
        (known("ENQ-99"), "key known_failures[0].requirement: there is no 'ENQ-99', or it is listed twice"),
        (known("ENQ-01") + known("ENQ-01"), "key known_failures[1].requirement: there is no 'ENQ-01', or it is listed"),
        (known("ENQ-01", '"some day"'), "key known_failures[0].expires must be a date, without quotes, and is "),
        (known("ENQ-01", NEXT_YEAR, "because = 1"), "key known_failures[0].because is unknown; known are "),
        ("[worker]\ncommand = []\nready = 'ready'", "key runs is 'inside', but there is a [worker]"),
    ],
)
def test_nonsense(toml: str, words: str, tmp_path: Path) -> None:
    """One line with file and key, and exit code 2; nothing is run."""
    target = write(tmp_path / "made", {"backend": HONEST, "runs": "inside"}, toml, {"settings.py": "TASKS = {}"})

    said = run(target, "reference-memory", folder=tmp_path)

    assert (2, "") == (said.code, said.out)
    [line] = said.error.splitlines()
    assert line.startswith(f"taskgauge: {target}: ")
    assert words in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (('ready = "ready"', "ready = ''"), "key worker.ready must not be empty"),
        (
            ('command = ["{python}", "-m", "troubled_worker", "works", "work"]', "command = []"),
            "key worker.command must not be empty",
        ),
        (
            ('ready = "ready"', "ready = 'ready'\npoll_interval = inf"),
            "key worker.poll_interval must be above zero and finite",
        ),
    ],
)
def test_nonsense_of_a_worker(changes: tuple[str, str], words: str, tmp_path: Path) -> None:
    """So is that of a worker."""
    target = describe_durable(tmp_path, "made")
    text = Path(target).read_text()
    assert changes[0] in text
    Path(target).write_text(text.replace(*changes))

    said = run(target, folder=tmp_path)

    assert (2, 1) == (said.code, len(said.error.splitlines()))
    assert f"{target}: {words}" in said.error


@pytest.mark.parametrize(
    "text", ["[tool", "tool = 1", "[tool]\ntaskgauge = 1", "project = 1\n[tool.taskgauge]\nshop = 1"]
)
def test_nonsense_of_ones_own(text: str, tmp_path: Path) -> None:
    """A pyproject.toml that is broken, or names us by mistake, is refused as well, where it is asked for."""
    (tmp_path / "pyproject.toml").write_text(text)

    said = run("pyproject.toml", folder=tmp_path)

    assert (2, 1) == (said.code, len(said.error.splitlines()))
    assert said.error.startswith("taskgauge: pyproject.toml: ")


def test_nonsense_where_nothing_is_asked_for(tmp_path: Path) -> None:
    """Nor does the command begin with other targets where this folder's own cannot be read."""
    (tmp_path / "pyproject.toml").write_text("[tool")

    said = run(folder=tmp_path)

    assert (2, 1) == (said.code, len(said.error.splitlines()))
    assert said.error.startswith("taskgauge: pyproject.toml: ")


def test_one_name_twice(tmp_path: Path) -> None:
    """Two targets of one name would write into one file."""
    targets = [describe(tmp_path / each, "shop", HONEST) for each in ("a", "b")]

    said = run(*targets, folder=tmp_path)

    wanted = "taskgauge: 'shop' is asked for 2 times, and each target has one file of verdicts\n"
    assert (2, wanted) == (said.code, said.error)


# Wrong where it is seen by the target's own process only


def test_path_that_cannot_be_imported(tmp_path: Path) -> None:
    """It is wrong use, in one line with file and key; the others are judged."""
    target = describe(tmp_path, "lost", "shop_tasks.ShopBackend")

    said = run(target, "reference-memory", "--requirement", "ENQ-01", folder=tmp_path)

    path = Path(target).resolve()
    reason = f"{path}: backend = \"shop_tasks.ShopBackend\" cannot be imported: No module named 'shop_tasks'"
    assert f"not judged: {reason}" == said.line("lost")
    assert (2, f"taskgauge: not judged: lost: {reason}") == (said.code, said.last)
    assert {"ENQ-01": "PASS"} == said.verdicts("reference-memory")


def test_folder(tmp_path: Path) -> None:
    """A descriptor may be named by its folder, also where that has an @."""
    target = Path(describe(tmp_path / "mine@home", "shop", HONEST))

    said = run(str(target.parent), "--requirement", "ENQ-01", folder=tmp_path)

    assert (0, {"ENQ-01": "PASS"}) == (said.code, said.verdicts("shop"))


def test_environment_that_cannot_run(tmp_path: Path) -> None:
    """An interpreter that is none ends its target alone."""
    python = tmp_path / "environments" / "reference-memory" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("no binary")
    asked = ("--requirement", "ENQ-01", "--environments", "environments")

    said = run("reference-memory", "reference-immediate", *asked, folder=tmp_path)

    assert (4, f"not judged: {python} cannot be run: Permission denied") == (said.code, said.line("reference-memory"))
    assert {"ENQ-01": "PASS"} == said.verdicts("reference-immediate")


def test_what_was_judged_before_is_not_believed(tmp_path: Path) -> None:
    """Where a target dies whose verdicts of an earlier run are in the folder, they are gone."""
    target = Path(describe(tmp_path, "shop", HONEST))
    assert 0 == run(str(target), "--requirement", "ENQ-01", folder=tmp_path).code
    for path in target.parent.iterdir():
        path.write_text(path.read_text().replace(HONEST, "troubled_backends.DiesInEnqueue"))

    said = run(str(target), "--requirement", "ENQ-01", folder=tmp_path)

    assert 4 == said.code
    assert said.line("shop").startswith("not judged: its pytest died of SIGKILL")
    assert {} == said.verdicts("shop")


# One requirement alone


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("taskgauge.backends.reference.ReferenceImmediateBackend", {"BCK-04": "PASS", "DEF-01": "DECLINED"}),
        ("troubled_backends.ClaimsDeferral", {"BCK-04": "N/A", "DEF-01": "OVERCLAIM"}),
    ],
)
def test_a_row_alone(backend: str, expected: dict[str, str], tmp_path: Path) -> None:
    """It is judged as in a whole run, also where it hangs on the refusal of a flag, or on what else a flag claims."""
    target = describe(tmp_path, "shop", backend)

    for row, verdict in expected.items():
        assert {row: verdict} == run(target, "--requirement", row, folder=tmp_path).verdicts("shop")


# Known failures


def of_reality(folder: Path, name: str, requirement: str, *arguments: object) -> str:
    """Describe a backend that breaks ENQ-01, with a known failure."""
    return describe(folder, name, "troubled_backends.ReturnsNothing", toml=known(requirement, *arguments))


def test_fails_as_expected(tmp_path: Path) -> None:
    """A known failure is told as one, and fails nothing."""
    said = run(of_reality(tmp_path, "expected", "ENQ-01"), "--requirement", "ENQ-01", folder=tmp_path)

    assert (0, {"ENQ-01": "FAIL"}) == (said.code, said.verdicts("expected"))
    assert "expected breaks 1 of the 1 MUST that it claims (known failures: 1): FAIL ENQ-01." in said.out
    assert f"a known failure (still fails) until {NEXT_YEAR}: nobody has looked yet" in " ".join(said.out.split())


@pytest.mark.parametrize(
    ("describe_it", "asked", "line"),
    [
        (
            lambda folder: of_reality(folder, "shop", "ENQ-01", YESTERDAY),
            ["--requirement", "ENQ-01"],
            "shop breaks 1 MUST: FAIL ENQ-01.",
        ),
        (
            lambda folder: describe(folder, "shop", HONEST, toml=known("ENQ-01")),
            [],
            "shop: the known failure of ENQ-01 passes again; take it off the list.",
        ),
    ],
    ids=["past its date", "passes again"],
)
def test_known_no_more(describe_it: Callable[[Path], str], asked: list[str], line: str, tmp_path: Path) -> None:
    """One that is past its date, or passes again, fails the run."""
    said = run(describe_it(tmp_path), *asked, folder=tmp_path)

    assert (1, f"taskgauge: {line}") == (said.code, said.last)


@pytest.mark.parametrize("asked", [["-k", "no_arguments_are_none"], ["--requirement", "ENQ-02"]])
def test_a_part_of_a_run_proves_nothing(asked: list[str], tmp_path: Path) -> None:
    """Where not all tests are run, those that pass are no sign that a requirement passes again."""
    target = describe(tmp_path, "shop", HONEST, toml=known("ENQ-02"))

    said = run(target, *asked, folder=tmp_path)

    assert (0, {"ENQ-02": "PASS"}) == (said.code, said.verdicts("shop"))
