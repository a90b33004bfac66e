"""What a side may be, and each way in which it cannot be one: a line that says what to do."""

import re
from pathlib import Path

import pytest
import toys

from taskgauge.backends.environments.errors import ProjectUnnamed
from taskgauge.backends.errors import WrongUse
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.suites.gate.errors import CloneShallow, NoMergeBase, NoRepository, RefUnknown, SideUnknown, TreeDirty
from taskgauge.suites.gate.side_spec import both_sides, one_side
from taskgauge.suites.gate.sources import source_of


@pytest.mark.parametrize(
    "text", ["django==6.0.10", "django>=6,<7", "threadmill[redis]==0.3.1", "toy @ file:///toy.whl"]
)
def test_requirements(text: str, tmp_path: Path) -> None:
    """What pip takes with a version, an extra or an address is a requirement."""
    assert one_side("base", text, tmp_path).kind == "requirement"


def test_a_wheel(tmp_path: Path) -> None:
    """A wheel tells its distribution by its name."""
    toys.wheel(tmp_path, "1.5")

    source = source_of(one_side("base", "toytasks-1.5-py3-none-any.whl", tmp_path), tmp_path / "files", Interruption())

    assert (source.name, source.asked.kind) == ("toytasks", "wheel")
    assert source.requirement() == f"toytasks @ {(tmp_path / 'toytasks-1.5-py3-none-any.whl').as_uri()}"


def test_a_folder(tmp_path: Path) -> None:
    """A folder is copied before it is built, so that no build writes into it."""
    toys.project(tmp_path / "toy")
    before = sorted(tmp_path.rglob("*"))

    source = source_of(one_side("head", "./toy", tmp_path), tmp_path / "files", Interruption())

    assert (source.name, source.asked.kind) == ("toytasks", "path")
    assert source.project == tmp_path / "files"
    assert [path for path in sorted(tmp_path.rglob("*")) if not path.is_relative_to(tmp_path / "files")] == before


def test_a_folder_of_a_repository(tmp_path: Path) -> None:
    """Its files are measured as they are now: changed ones, new ones, and not those that are deleted or ignored."""
    top = toys.repository(tmp_path / "toy")
    (top / "toytasks" / "extra.py").write_text("KEEPS_RESULTS = False\n")
    (top / "toytasks" / "new.py").touch()
    (top / "building.py").unlink()
    (top / ".gitignore").write_text("ignored\n")
    (top / "ignored").touch()

    source = source_of(one_side("head", ".", top), tmp_path / "files", Interruption())

    assert source.project is not None
    names = {path.relative_to(source.project).as_posix() for path in source.project.rglob("*.py")}
    assert names == {f"toytasks/{name}.py" for name in ("__init__", "backend", "extra", "new")}
    assert (source.project / "toytasks" / "extra.py").read_text() == "KEEPS_RESULTS = False\n"
    assert not (source.project / "ignored").exists()


def test_a_ref(tmp_path: Path) -> None:
    """A branch's files are put elsewhere, with their history; the repository is as it was."""
    top = toys.repository(tmp_path / "toy")
    commit = toys.git(top, "rev-parse", "HEAD")
    toys.git(top, "checkout", "--quiet", "-b", "change")
    (top / "toytasks" / "new.py").touch()
    toys.commit(top)
    before = sorted(path for path in top.rglob("*"))

    asked = one_side("base", "main", top)
    source = source_of(asked, tmp_path / "files", Interruption())

    assert (asked.kind, asked.commit, source.name) == ("ref", commit, "toytasks")
    assert source.project is not None
    assert not (source.project / "toytasks" / "new.py").exists()
    assert toys.git(source.project, "rev-parse", "HEAD") == commit
    assert sorted(path for path in top.rglob("*")) == before
    assert toys.git(top, "worktree", "list").count("\n") == 0


def test_a_project_in_a_repository(tmp_path: Path) -> None:
    """Where the command runs in a project below the top, that project is measured."""
    top = tmp_path / "all"
    toys.project(top / "packages" / "toy")
    toys.git(top, "init", "--quiet")
    toys.commit(top)

    source = source_of(one_side("base", "main", top / "packages" / "toy"), tmp_path / "files", Interruption())

    assert source.project == tmp_path / "files" / "packages" / "toy"


def test_base_is_the_merge_base(tmp_path: Path) -> None:
    """Without sides, head is what is checked out, and base what it and the default branch come from."""
    top = toys.repository(tmp_path / "toy")
    common = toys.git(top, "rev-parse", "HEAD")
    toys.git(top, "checkout", "--quiet", "-b", "change")
    head = toys.commit(top)
    toys.git(top, "checkout", "--quiet", "main")
    toys.commit(top)
    toys.git(top, "checkout", "--quiet", "change")

    base, asked = both_sides(None, None, top)

    assert (base.commit, asked.commit) == (common, head)


def test_base_of_a_pull_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the branch is known that a pull request is for, base is where head came from that one."""
    top = toys.repository(tmp_path / "toy")
    toys.git(top, "checkout", "--quiet", "-b", "stable")
    stable = toys.commit(top)
    toys.git(tmp_path, "clone", "--quiet", "toy", "clone")
    toys.commit(tmp_path / "clone")
    toys.git(tmp_path / "clone", "branch", "--quiet", "main", "origin/main")
    monkeypatch.setenv("GITHUB_BASE_REF", "stable")

    base, _ = both_sides(None, None, tmp_path / "clone")

    assert base.commit == stable


def test_no_merge_base(tmp_path: Path) -> None:
    """Two histories that never met, and a repository without a default branch, ask for --base."""
    top = toys.repository(tmp_path / "toy")
    toys.git(top, "checkout", "--quiet", "--orphan", "other")
    toys.commit(top)

    with pytest.raises(NoMergeBase, match=r"^main and head have no commit in common: name --base$"):
        both_sides(None, None, top)
    toys.git(top, "branch", "--delete", "--force", "main")
    with pytest.raises(NoMergeBase, match=r"has none of origin/HEAD, .*: name --base$"):
        both_sides(None, None, top)


def test_a_shallow_clone(tmp_path: Path) -> None:
    """What lies beyond the end of a shallow clone is said to be so, with what to fetch."""
    top = toys.repository(tmp_path / "toy")
    first = toys.git(top, "rev-parse", "HEAD")
    toys.commit(top)
    toys.git(top, "checkout", "--quiet", "-b", "change")
    toys.commit(top)
    toys.git(top, "checkout", "--quiet", "main")
    toys.git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", top.as_uri(), "clone")
    toys.git(tmp_path / "clone", "checkout", "--quiet", "change")

    for base in (None, first):
        with pytest.raises(CloneShallow, match=r"^this clone is shallow and .*fetch-depth: 0.*$"):
            both_sides(base, None, tmp_path / "clone")
    asked = one_side("head", "HEAD", tmp_path / "clone")
    assert source_of(asked, tmp_path / "files", Interruption()).name == "toytasks"


def test_a_dirty_tree(tmp_path: Path) -> None:
    """A ref that is checked out with changes is refused: it would be measured without them. Other refs are not."""
    top = toys.repository(tmp_path / "toy")
    first = toys.git(top, "rev-parse", "HEAD")
    toys.commit(top)
    (top / "building.py").write_text("")

    with pytest.raises(TreeDirty, match=r"has changes that are not committed, and 'main' is measured without them"):
        one_side("head", "main", top)
    assert one_side("base", first, top).commit == first
    assert one_side("head", ".", top).kind == "path"


def test_what_is_no_side(tmp_path: Path) -> None:
    """Neither requirement, wheel, folder nor ref: one line each."""
    top = toys.repository(tmp_path / "toy")
    (tmp_path / "nameless").mkdir()
    (tmp_path / "nameless" / "pyproject.toml").write_text("[tool.other]\n")
    (tmp_path / "badly.whl").touch()
    wrong: list[tuple[type[WrongUse], str, Path, str]] = [
        (RefUnknown, "no-such-branch", top, "has no branch, tag or commit 'no-such-branch'"),
        (SideUnknown, "dist/toy-1.0-py3-none-any.whl", tmp_path, "is no file: build the wheel first"),
        (SideUnknown, "badly.whl", tmp_path, "is not named like a wheel"),
        (SideUnknown, "not a thing", tmp_path, "is no requirement (django==6.1.3), no wheel"),
        (ProjectUnnamed, "./nameless", tmp_path, "does not name its distribution"),
        (ProjectUnnamed, ".", tmp_path, "it has no pyproject.toml and no setup.py"),
    ]
    for number, (kind, text, folder, line) in enumerate(wrong):
        with pytest.raises(kind, match=re.escape(line)) as caught:
            source_of(one_side("head", text, folder), tmp_path / f"files{number}", Interruption())
        assert "\n" not in str(caught.value)


def test_no_repository(tmp_path: Path) -> None:
    """Without any side there must be a repository."""
    with pytest.raises(NoRepository, match="give --base and --head as requirements, wheels or folders"):
        both_sides(None, None, tmp_path)
    with pytest.raises(SideUnknown, match="has no history: name --base"):
        both_sides(None, "django==6.1.3", tmp_path)
