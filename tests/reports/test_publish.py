"""The command `taskgauge publish`: folders, documents, the README, and the check of commits."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from markdown_it import MarkdownIt

from taskgauge.reports.pages.readme import PLACES, begin, end
from taskgauge.suites.cli.main import taskgauge
from taskgauge.suites.cli.published_commits import commit_faults

type Make = Callable[..., Path]

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
"""A parser that, unlike that of the site, takes markup of HTML."""

ROWS = {"ENQ-01": "PASS", "PRI-01": "OVERCLAIM", "RES-02": "FAIL", "RES-03": "ADVISORY", "DEF-01": "DECLINED"}
STARTED = {"started": "2026-11-01T10:00:00Z", "commit": "abc1234", "command": ["taskgauge", "bench"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder of published results."""
    made = tmp_path / "published"
    made.mkdir()
    for name in ("runs", "verdicts", "conformance", "dispatch"):
        (made / f"{name}.md").write_text(f"# {name}\n{begin(name)}\nold\n{end(name)}\n")
    return made


def publish(folder: Path, *words: object) -> Result:
    """Run the command on a folder."""
    return CliRunner().invoke(taskgauge, ["publish", *map(str, words), "--folder", str(folder)])


def files(folder: Path) -> dict[Path, bytes]:
    """Return the content of each file."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_runs_and_documents(make_run: Make, make_checked: Make, folder: Path, tmp_path: Path) -> None:
    """A run gets a folder with tables; the index, the tables and the README show the newest results."""
    readme = tmp_path / "README.md"
    readme.write_text("".join(f"{begin(name)}\nold\n{end(name)}\n" for name in PLACES if "glance" in name))
    shapes = make_run(effects={("read-first", "namedtuple"): 2.5}, changes=STARTED)
    targets = make_checked({"a@redis": ROWS}, run=STARTED | {"commit": "bcd2345"})

    result = publish(folder, shapes, targets, "--readme", readme)

    assert 0 == result.exit_code, result.output
    one, two = (folder / f"20261101T100000Z-{commit}" for commit in ("abc1234", "bcd2345"))
    assert "| freezing-costs" in (one / "README.md").read_text()
    assert "# Measurements" in (one / "measurements.md").read_text()
    assert "| a@redis | 1 | 1 | 1 | 1 | 1 |" in (two / "README.md").read_text()
    assert "status: expected FAILED, seen RUNNING" in (two / "failures.md").read_text()
    index = (folder / "runs.md").read_text()
    assert f"| [{one.name}]({one.name}/README.md) | result types |" in index
    assert "| freezing-costs" in (folder / "verdicts.md").read_text()
    assert "| a@redis |" in (folder / "conformance.md").read_text()
    assert "\nold\n" in (folder / "dispatch.md").read_text()
    text = readme.read_text()
    assert '"1 of 4" means: 4 requirements apply, and the backend keeps 1 of them.' in text
    assert "| a@redis | 1 of 4 | 1 | 1 | 1 | 1 | - |" in text
    assert "CONTRADICTED: A named tuple's attributes are faster" in text
    assert "old" not in text.splitlines()


def test_once_more_changes_nothing(make_run: Make, folder: Path) -> None:
    """The same runs make the same files; without a run the documents are made again."""
    run = make_run(changes=STARTED)
    publish(folder, run)
    before = files(folder)
    (folder / "verdicts.md").write_text(f"{begin('verdicts')}\nedited\n{end('verdicts')}\n")

    assert "1 published run" in publish(folder, run).output
    again = publish(folder)
    assert "0 documents changed" in again.output
    assert {path.name for path in before} == {path.name for path in files(folder)}
    changed = {path.name for path, content in files(folder).items() if before[path] != content}
    assert changed == {"verdicts.md"}
    assert "edited" not in (folder / "verdicts.md").read_text()


@pytest.mark.parametrize("strict", [False, True])
def test_bad_runs_are_one_line_each(make_run: Make, folder: Path, tmp_path: Path, *, strict: bool) -> None:
    """A missing, a double, a damaged and an empty folder: the others are published, or none if strict."""
    good = make_run(changes=STARTED)
    damaged = make_run("damaged", changes=STARTED | {"commit": "0000000"})
    (damaged / "time" / "today.json").write_text("{")
    empty = make_run("empty", parts=[], changes=STARTED)

    result = publish(folder, good, good, damaged, empty, tmp_path / "missing", *(["--strict"] if strict else []))

    assert (2 if strict else 0) == result.exit_code
    lines = [line for line in result.stderr.splitlines() if line.startswith("taskgauge: /")]
    assert len(lines) == 4
    assert all("\n" not in line and len(line) < 500 for line in lines)
    assert ([] if strict else ["20261101T100000Z-abc1234"]) == [path.name for path in folder.iterdir() if path.is_dir()]


def test_check_takes_no_runs(make_run: Make, folder: Path) -> None:
    """The check looks at what is published only."""
    result = publish(folder, make_run(changes=STARTED), "--check")

    assert 2 == result.exit_code
    assert "leave the run folders out" in result.stderr


def test_missing_markers_are_named(folder: Path, tmp_path: Path) -> None:
    """A document with one marker only is an error, and nothing is written."""
    readme = tmp_path / "README.md"
    readme.write_text(f"{begin('runs')}\n")

    result = publish(folder, "--readme", readme)

    assert 2 == result.exit_code
    assert "end" in result.stderr


class Repository:
    """A git repository with a folder of published results."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "--quiet", "--initial-branch", "main")
        self.write("reports/published/runs.md", f"{begin('runs')}\n{end('runs')}\n")
        self.write("code.py", "1")

    def git(self, *words: str) -> str:
        """Run git, and return what it printed."""
        options = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *options, *words], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, name: str, text: str) -> str:
        """Write and commit a file; return the short commit."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", name)
        return self.git("rev-parse", "--short", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository."""
    root = tmp_path / "repository"
    root.mkdir()
    return Repository(root)


def test_results_of_this_history(repository: Repository, make_run: Make) -> None:
    """Documents and published results may change after a run; code may not, and the check names it."""
    commit = repository.write("code.py", "2")
    folder = repository.root / "reports" / "published"
    run = make_run(parts=["memory"], changes=STARTED | {"commit": commit})
    assert 0 == publish(folder, run).exit_code
    for name in ("README.md", "docs/a.md", "reports/published/b.md"):
        repository.write(name, name)

    held = publish(folder, "--check")
    assert 0 == held.exit_code, held.output
    assert "1 published runs are those of this history" in held.output

    (folder / "runs.md").write_text(f"{begin('runs')}\nedited\n{end('runs')}\n")
    stale = publish(folder, "--check")
    assert 1 == stale.exit_code
    assert "runs.md differs from what the published runs say" in stale.stderr
    publish(folder)

    repository.write("code.py", "3")
    repository.write("tests/x.py", "3")
    differs = publish(folder, "--check")
    assert 1 == differs.exit_code
    assert (
        f"made by {commit}; HEAD differs in 2 files besides results and documents: code.py, tests/x.py."
        in differs.stderr
    )


def test_commits_that_are_not_of_this_history(repository: Repository, tmp_path: Path) -> None:
    """A commit of another branch, an unknown one, and one with changed files are named."""
    repository.git("checkout", "--quiet", "-b", "other")
    other = repository.write("code.py", "4")
    repository.git("checkout", "--quiet", "main")

    for commit, words in (
        (other, "not in the history"),
        ("ffffff0", "not in the history"),
        (f"{other}+", "files differed"),
    ):
        (line,) = commit_faults(repository.root, [commit])
        assert words in line
        assert commit in line
    outside = tmp_path / "outside"
    outside.mkdir()
    assert "no git repository" in commit_faults(outside, ["abc1234"])[0]


def test_an_option_is_no_commit(repository: Repository) -> None:
    """A commit that a file names is never taken for an option of git."""
    repository.write("code.py", "5")
    (line,) = commit_faults(repository.root, ["--output=stolen"])

    assert "not in the history" in line
    assert not (repository.root / "stolen").exists()


def test_hostile_texts_keep_the_tables_whole(make_checked: Make, folder: Path) -> None:
    """Pipes, backticks, markup, invisible characters and a megabyte stay in their cell of the Markdown."""
    hostile = (
        "a|b `c` ``` </table> <script>alert(1)</script> ![x](http://x.example/y) \u202egnp \x00 =1+1 &lt; "
        + "x" * 1_000_000
    )
    rows = {"RES-02": {"verdict": "FAIL", "reason": hostile, "command": hostile, "sentence": hostile}}
    changes = {
        "a@redis": {"backend": hostile, "settings": hostile, "versions": {"python": "3", "django": "6", "x": hostile}}
    }
    publish(folder, make_checked({"a@redis": rows}, changes, run=STARTED))

    (run,) = (path for path in folder.iterdir() if path.is_dir())
    for path in run.glob("*.md"):
        text = path.read_text()
        assert len(text) < 100_000, path
        assert "\u202e" not in text
        assert "\x00" not in text
        tokens = [inner for token in PARSER.parse(text) for inner in (token, *(token.children or ()))]
        assert set() == {token.type for token in tokens} & {"html_inline", "html_block", "image"}, path
        links = {token.attrs["href"] for token in tokens if token.type == "link_open"}
        assert [] == [link for link in links if "x.example" in str(link)]
        for table in (block for block in text.split("\n\n") if block.startswith("| ")):
            widths = {line.replace("\\|", "").count("|") for line in table.splitlines()}
            assert len(widths) == 1, table[:300]
    assert json.loads((run / "run.json").read_text())["command"] == ["taskgauge", "bench"]
