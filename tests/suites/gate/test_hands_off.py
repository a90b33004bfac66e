"""The gate reads what it measures and changes nothing in it, and a PASS is about the project under test only."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import django
import pytest
import toys
from test_command import COUNTED, gate, wheels

from taskgauge.backends.environments.errors import ProjectUnnamed
from taskgauge.backends.processes.git import git, without_repository
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.suites.gate.errors import RepositoryRefused, SubmoduleMissing
from taskgauge.suites.gate.side_spec import one_side
from taskgauge.suites.gate.sources import source_of
from taskgauge.suites.run_control.provenance import commit as provenance

pytestmark = [pytest.mark.environments, pytest.mark.slow]

SLOWER = "[number for number in range(100)]"
IGNORED = "temporary\nrun\n"


def snapshot(folder: Path) -> dict[str, str]:
    """Return the bytes of every file below a folder, as hashes, with its mode and time."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not {"run", "temporary", ".taskgauge"} & set(path.relative_to(folder).parts):
            about = path.stat()
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path.relative_to(folder))] = f"{content} {stat.filemode(about.st_mode)} {about.st_mtime_ns}"
    return found


def local_variables() -> list[str]:
    """Return the variables that git itself lists as belonging to one repository."""
    return subprocess.run(
        ["git", "rev-parse", "--local-env-vars"], capture_output=True, encoding="utf-8", check=True
    ).stdout.split()


def test_no_local_variable_reaches_git() -> None:
    """Each variable that git lists is dropped; one that says how to reach a server stays."""
    names = local_variables()
    assert "GIT_DIR" in names
    assert without_repository(dict.fromkeys([*names, "GIT_TEMPLATE_DIR", "GIT_SSH_COMMAND", "PATH"], "x")) == {
        "GIT_SSH_COMMAND": "x",
        "PATH": "x",
    }


def test_a_decoy_repository(tmp_path: Path) -> None:
    """With the variables of a hook the gate compares the folder's commits, and the decoy stays as it was."""
    top = toys.repository(tmp_path / "toy")
    (top / ".git" / "info" / "exclude").write_text(IGNORED)
    toys.package(top, enqueueing=SLOWER)
    toys.commit(top)
    decoy = toys.repository(tmp_path / "decoy")
    toys.package(decoy, looking_up="2")
    toys.git(decoy, "add", "--all")
    before, own = snapshot(decoy), snapshot(top)

    code, out, error = gate(
        "--base", "HEAD~1", "--head", "HEAD", *COUNTED, folder=top,
        GIT_DIR=str(decoy / ".git"), GIT_WORK_TREE=str(decoy), GIT_INDEX_FILE=str(decoy / ".git" / "index"),
        GIT_OBJECT_DIRECTORY=str(decoy / ".git" / "objects"), GIT_PREFIX="",
    )  # fmt: skip

    assert code == 1, error
    assert "enqueue@toytasks" in out
    assert snapshot(decoy) == before
    assert snapshot(top) == own
    run = json.loads((top / "run" / "run.json").read_text())
    assert run["commit"] == provenance()


def test_provenance_ignores_a_hook_s_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taskgauge's own commit is its own, whatever GIT_DIR says."""
    own = provenance()
    decoy = toys.repository(tmp_path)
    monkeypatch.setenv("GIT_DIR", str(decoy / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(Path(__file__).parents[3]))

    assert provenance() == own


def test_no_hook_of_the_user_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a commit are taken without hooks, also those that a global configuration names."""
    top = toys.repository(tmp_path / "toy")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (hooks / "post-checkout").chmod(0o755)
    configuration = tmp_path / "gitconfig"
    configuration.write_text(f"[core]\n\thooksPath = {hooks}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))

    source = source_of(one_side("head", "HEAD", top), tmp_path / "files", Interruption())

    assert source.name == "toytasks"
    assert not (tmp_path / "ran").exists()


def with_name(folder: Path, line: str) -> None:
    """Put a line into the project's table."""
    file = folder / "pyproject.toml"
    file.write_text(file.read_text().replace("[tool.taskgauge]\n", f"[tool.taskgauge]\n{line}\n"))


def commits(folder: Path, line: str) -> Path:
    """Make a repository whose table has a line more, and whose second commit does more work."""
    top = toys.project(folder)
    with_name(top, line)
    toys.git(top, "init", "--quiet")
    (top / ".git" / "info" / "exclude").write_text(IGNORED)
    toys.commit(top)
    toys.package(top, enqueueing=SLOWER)
    toys.commit(top)
    return top


def test_a_table_with_a_name(tmp_path: Path) -> None:
    """A table whose backend has another name than the project is used, and its backend is measured."""
    top = commits(tmp_path, 'name = "toy"')

    code, out, error = gate("--base", "HEAD~1", "--head", "HEAD", *COUNTED, folder=top)

    assert code == 1, error
    assert "enqueue@toy " in out


def test_a_misspelt_key(tmp_path: Path) -> None:
    """A table that cannot be used is refused, with its own line, and the side that has it."""
    top = commits(tmp_path, 'bakend = "toy"')

    code, out, error = gate("--base", "HEAD~1", "--head", "HEAD", *COUNTED, folder=top)

    assert (code, out) == (2, "")
    assert "head's pyproject.toml: key tool.taskgauge.bakend is unknown" in error


def test_a_table_that_only_head_mends(tmp_path: Path) -> None:
    """Where only base's table is wrong, head's is taken for both, and that is said."""
    top = commits(tmp_path, 'bakend = "toy"')
    file = top / "pyproject.toml"
    file.write_text(file.read_text().replace('bakend = "toy"\n', ""))
    toys.commit(top)

    code, out, error = gate("--base", "HEAD~1", "--head", "HEAD", *COUNTED, folder=top)

    assert code == 0, error
    assert "base is measured by head's table [tool.taskgauge]: base's pyproject.toml: key" in error
    assert "PASS: head (toytasks 1.0, on toytasks) " in out


def test_a_table_of_something_else(tmp_path: Path) -> None:
    """A table that is there is never passed over in silence."""
    toys.project(tmp_path)

    code, out, error = gate("--base", "django==6.0.1", "--head", "django==6.1.1", *COUNTED, folder=tmp_path)

    assert (code, out) == (2, "")
    assert "describes toytasks, and django is under test: say what to time with --target" in " ".join(error.split())


def test_nothing_of_the_project(tmp_path: Path) -> None:
    """Where no target uses the project, nothing was measured, which is no success."""
    arguments = wheels(tmp_path, looking_up=SLOWER)
    (tmp_path / "pyproject.toml").unlink()

    code, out, error = gate(*arguments, "--part", "ledger", "--out", "run", folder=tmp_path)

    assert code == 5, error
    assert "NOTHING MEASURED: nothing of toytasks was measured: result-types, django-immediate" in out


def test_a_target_that_does_not_use_the_project(tmp_path: Path) -> None:
    """Also a target that was named counts only if it uses the project."""
    arguments = wheels(tmp_path, looking_up=SLOWER)

    code, out, error = gate(*arguments, *COUNTED, "--target", "django-immediate", folder=tmp_path)

    assert code == 5, error
    assert "nothing of toytasks was measured: django-immediate does not use it" in out


def test_a_backend_in_a_distribution_of_another_name(tmp_path: Path) -> None:
    """A descriptor in a file of its own need not name the distribution: its backend is one of the modules installed."""
    sides = []
    for number, changes in (("1.0", {}), ("1.1", {"enqueueing": SLOWER})):
        home = toys.package(tmp_path / number, **changes)
        members = {f"toytasks/{file.name}": file.read_text() for file in home.glob("*.py")}
        needs = [f"django=={django.get_version()}"]
        sides.append(
            str(toys.archive(tmp_path / f"renamed-{number}-py3-none-any.whl", "renamed", number, members, needs))
        )
    table = toys.PROJECT.format(version="1.0").partition("[tool.taskgauge]\n")[2]
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "backend.toml").write_text(table)
    base, head = sides
    words = ("--base", base, "--head", head, "--target", "toy/backend.toml", *COUNTED)
    code, out, error = gate(*words, folder=tmp_path)

    assert code == 1, error
    assert "REGRESSION: head is worse than base: enqueue@toy " in out
    assert json.loads((tmp_path / "run" / "gate" / "sides.json").read_text())["using"] == ["toy"]


def with_submodule(tmp_path: Path) -> Path:
    """Make a repository whose package has a module in a submodule, in two commits."""
    library = tmp_path / "library"
    library.mkdir()
    toys.git(library, "init", "--quiet")
    (library / "work.py").write_text("AMOUNT = 1\n")
    toys.commit(library)
    top = toys.repository(tmp_path / "toy", more="from .part import work")
    toys.git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "toytasks/part")
    toys.commit(top)
    return top


def test_a_submodule_is_brought(tmp_path: Path) -> None:
    """Its files come from this clone, at the commit that is pinned, for a ref and for the folder as it is."""
    top = with_submodule(tmp_path)
    (top / "toytasks" / "part" / "work.py").write_text("AMOUNT = 2\n")

    ref = source_of(one_side("base", toys.git(top, "rev-parse", "HEAD"), top), tmp_path / "ref", Interruption())
    tree = source_of(one_side("head", ".", top), tmp_path / "tree", Interruption())

    texts = [(each.project / "toytasks" / "part" / "work.py").read_text() for each in (ref, tree) if each.project]
    assert texts == ["AMOUNT = 1\n", "AMOUNT = 2\n"]


def test_a_submodule_that_is_not_here(tmp_path: Path) -> None:
    """A clone without the submodule's files is refused in one line that says how to bring them."""
    toys.git(with_submodule(tmp_path), "clone", "--quiet", ".", str(tmp_path / "clone"))

    for text in ("HEAD", "."):
        with pytest.raises(SubmoduleMissing, match="git submodule update --init --recursive"):
            source_of(one_side("head", text, tmp_path / "clone"), tmp_path / f"files-{text}", Interruption())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to another user")
def test_a_repository_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git refuses such a repository, and its reason is told."""
    top = toys.repository(tmp_path / "toy")
    for path in (top, *top.rglob("*")):
        shutil.chown(path, 65534, 65534)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    for text in ("HEAD", "."):
        with pytest.raises(RepositoryRefused, match=r"dubious ownership .*git config --global --add safe\.directory"):
            source_of(one_side("head", text, top), tmp_path / "files", Interruption())


SETUP_CFG = "[metadata]\nname = Toy_Tasks\nversion = 1.0\n"


@pytest.mark.parametrize("file", ["", "[build-system]\nrequires = ['setuptools']\n[tool.other]\n"])
def test_a_name_in_setup_cfg(tmp_path: Path, file: str) -> None:
    """The name comes from the metadata that the build makes."""
    folder = tmp_path / "project"
    toys.package(folder)
    (folder / "setup.cfg").write_text(SETUP_CFG)
    (folder / "pyproject.toml").write_text(file)

    source = source_of(one_side("head", "./project", tmp_path), tmp_path / "files", Interruption())

    assert source.name == "toy-tasks"


def test_a_build_that_fails(tmp_path: Path) -> None:
    """A project whose build does not say its name is refused with the build's reason."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "setup.py").write_text("raise SystemExit('no compiler here')\n")

    with pytest.raises(ProjectUnnamed, match="no compiler here"):
        source_of(one_side("head", "./project", tmp_path), tmp_path / "files", Interruption())


DOCUMENT = Path(__file__).parents[3] / "docs" / "gate.md"


def hook() -> str:
    """Return the hook that the documentation shows."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition("```sh\n")
    return rest.partition("```")[0]


def test_the_hook_of_the_documentation(tmp_path: Path) -> None:
    """In a linked worktree it lets a good commit through, refuses a worse one, and changes no file."""
    top = toys.repository(tmp_path / "toy")
    toys.git(tmp_path, "clone", "--quiet", "--bare", str(top), str(tmp_path / "remote"))
    toys.git(top, "remote", "add", "origin", str(tmp_path / "remote"))
    toys.git(top, "fetch", "--quiet", "origin")
    script = top / ".git" / "hooks" / "pre-push"
    script.write_text(hook())
    script.chmod(0o755)
    tree = tmp_path / "linked"
    toys.git(top, "worktree", "add", "--quiet", "-b", "change", str(tree))
    (top / ".git" / "info" / "exclude").write_text(".taskgauge\n")

    def push() -> tuple[int, str]:
        before = snapshot(tree)
        done = subprocess.run(
            ["git", "push", "origin", "change"], cwd=tree, capture_output=True, encoding="utf-8", check=False,
            env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "NO_COLOR": "1"},
        )  # fmt: skip
        assert snapshot(tree) == before
        return done.returncode, done.stdout + done.stderr

    (tree / "toytasks" / "notes.py").write_text("")
    toys.commit(tree)
    code, said = push()
    assert code == 0, said
    assert "PASS: head (toytasks" in said

    toys.package(tree, enqueueing=SLOWER)
    worse = toys.commit(tree)
    code, said = push()
    assert code == 1, said
    assert "REGRESSION: head is worse than base: enqueue@toytasks" in said
    assert git(tree, "rev-parse", "HEAD") == worse
    assert git(tree, "status", "--porcelain") == ""


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_a_locale_without_utf8(locale: str, tmp_path: Path) -> None:
    """A head that prints what the locale has no characters for, and bytes that are no text, is judged all the same."""
    printing = 'import sys; sys.stdout.buffer.write("na\\u00efve \\u2192 ".encode() + bytes([255, 10]))'
    environment = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code, out, error = gate(*wheels(tmp_path, enqueueing=printing), *COUNTED, folder=tmp_path, **environment)

    assert code == 1, error
    assert "REGRESSION: head is worse than base: enqueue@toytasks" in out
    assert "na\u00efve \u2192 \ufffd" in (tmp_path / "run" / "log" / "gate-toytasks-head.txt").read_text(
        encoding="utf-8"
    )


def test_an_exception_in_a_locale_without_utf8(tmp_path: Path) -> None:
    """Its text is printed, and is in the report as it is."""
    raising = 'raise ValueError("na\\u00efve \\u2192 \\udcff")'
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code, out, error = gate(*wheels(tmp_path, enqueueing=raising), *COUNTED, folder=tmp_path, **environment)

    assert code == 1, error
    assert "ValueError: na" in out
    assert "na\u00efve \u2192" in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
