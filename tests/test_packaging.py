"""What is delivered: the wheel, its metadata, and the README."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ROOMS = ("backends", "reports", "suites")
PUBLISHED = "reports/published/"
"""Documents of the repository, and no part of the package."""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Return a wheel built from what git knows, away from the checkout and from what earlier builds left there."""
    source = tmp_path_factory.mktemp("source")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_the_wheel_holds_what_git_holds(wheel: zipfile.ZipFile) -> None:
    """No module or data file is forgotten, and none is delivered by accident: a missing package is otherwise silent."""
    listed = subprocess.run(
        ["git", "ls-files", *ROOMS, "docs"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    files = {name.removeprefix("taskgauge/") for name in wheel.namelist() if ".dist-info/" not in name}

    kept = {name for name in listed.splitlines() if (ROOT / name).is_file() and not name.startswith(PUBLISHED)}
    assert kept == files


def test_no_folder_is_crowded() -> None:
    """No folder has more than 30 modules, beside what makes it a package."""
    modules = Counter(path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py") if path.stem != "__init__")

    assert {} == {str(folder): number for folder, number in modules.items() if number > 30}


def test_each_room_is_typed(wheel: zipfile.ZipFile) -> None:
    """Type checkers look into each of the three packages."""
    assert {f"taskgauge/{room}/py.typed" for room in ROOMS} <= set(wheel.namelist())


def test_little_registers_itself() -> None:
    """The command, and a hook that does nothing until the conformance suite is named."""
    found = {(entry.group, entry.name, entry.value) for entry in distribution("taskgauge").entry_points}

    assert found == {
        ("console_scripts", "taskgauge", "taskgauge.suites.cli.main:main"),
        ("pytest11", "taskgauge", "taskgauge.suites.pytest_plugin.entry"),
    }


def test_plain_pytest_is_left_alone(tmp_path: Path) -> None:
    """Next to an installed Taskgauge, pytest knows none of its options."""
    command = [sys.executable, "-P", "-m", "pytest", "--help"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert "Taskgauge" not in result.stdout


def test_suite_is_found_by_name(tmp_path: Path) -> None:
    """Named on the command line, the conformance suite brings its options along."""
    command = [sys.executable, "-P", "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    suite = ["--pyargs", "taskgauge.suites.conformance", "--target", "django-dummy", "--requirement", "ENQ-01"]
    result = subprocess.run([*command, *suite], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert "test_enqueueing.py" in result.stdout


def test_no_package_at_the_root() -> None:
    """The root is no package: the three rooms are found as parts of `taskgauge` and by no other name."""
    assert not (ROOT / "__init__.py").exists()


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_from_anywhere(room: str, tmp_path: Path) -> None:
    """Each room imports as a part of `taskgauge`, wherever Python is started."""
    command = [sys.executable, "-c", f"import taskgauge.{room} as room; print(room.__doc__)"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (0, True) == (result.returncode, len(result.stdout) > 20), result.stderr


def test_imports_are_absolute() -> None:
    """A module has one name: the one under `taskgauge`."""
    relative = re.compile(r"^\s*from \.|^\s*(from|import) (suites|backends|reports)\b", re.MULTILINE)
    modules = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    # What runs inside a side of the gate runs there under another name, beside any Taskgauge that is under test.
    modules = [path for path in modules if not path.is_relative_to(ROOT / "suites" / "gate" / "side")]

    assert [] == [str(path) for path in modules if relative.search(path.read_text())]


def test_no_test_module_is_shared() -> None:
    """Pytest imports test modules under names of its own, so nothing may import from one."""
    shared = re.compile(r"^\s*(from|import) \S*\btest_\w+", re.MULTILINE)
    modules = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    # What runs inside a side of the gate runs there under another name, beside any Taskgauge that is under test.
    modules = [path for path in modules if not path.is_relative_to(ROOT / "suites" / "gate" / "side")]

    assert [] == [str(path) for path in modules if shared.search(path.read_text())]


def imported() -> set[str]:
    """Return the top-level names that the program imports, its own, Python's and those of fragments left out."""
    names: set[str] = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "catalog" not in path.parts):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"taskgauge", "taskgauge_side"}


def test_what_is_imported_is_declared() -> None:
    """Each distribution that the program imports is a dependency or in an extra: what another brings may go with it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    installed = packages_distributions()  # it takes a second
    homes = {name: {canonicalize_name(home) for home in installed.get(name, [name])} for name in imported()}

    assert {name: distributions for name, distributions in homes.items() if not distributions & declared} == {}


def test_what_is_declared_is_used() -> None:
    """Each dependency is imported somewhere, or named as a plugin of pytest."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = "\n".join(path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    used = set(re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE)) | set(re.findall(r"\"(pytest_\w+)", text))
    installed = packages_distributions()
    homes = {canonicalize_name(home) for name in used for home in installed.get(name, ())}

    assert {canonicalize_name(Requirement(line).name) for line in project["dependencies"]} <= homes
