"""What settings of pip and uv may change of a side: where packages come from, and neither where to nor which."""

import os
import shutil
import tomllib
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
import toys
from packaging.requirements import Requirement
from test_command import gate, read, without_uv

from taskgauge.backends.environments.external_command import ExternalFailed, clean, run_external
from taskgauge.backends.environments.installed_packages import Installed
from taskgauge.backends.environments.installer import Environment, Installer
from taskgauge.backends.environments.package_sources import is_kept, pip_variables
from taskgauge.backends.environments.uv_settings import write_uv_settings
from taskgauge.backends.processes.interruption import Interruption
from taskgauge.suites.gate.errors import InstalledOtherwise
from taskgauge.suites.gate.side_spec import SideSpec, one_side
from taskgauge.suites.gate.sides import install_base
from taskgauge.suites.gate.sources import Source

pytestmark = [pytest.mark.environments, pytest.mark.slow]

COUNTED = ("--part", "ledger", "--only", "enqueue", "--out", "run")
COLOURS = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "PY_COLORS": "1", "PYTHON_COLORS": "1", "NO_COLOR": ""}
BROKEN = """
import sys
sys.stderr.write("\\x1b[1;31mhere\\x1b]8;;there\\x1b\\\\ it says why\\x1b]8;;\\x07\\x1b[0m\\n")
raise SystemExit(1)
"""
ASIDE = {
    "PIP_USER": "1",
    "PIP_TARGET": "{aside}",
    "PIP_PREFIX": "{aside}",
    "PIP_ROOT": "{aside}",
    "PIP_PYTHON": "{aside}/python",
    "PIP_NO_DEPS": "1",
    "PIP_REQUIRE_HASHES": "1",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_DRY_RUN": "1",
    "PIP_REPORT": "{aside}/report",
    "PIP_LOG": "{aside}/log",
    "PIP_QUIET": "3",
    "PIP_VERBOSE": "3",
}
"""Settings that say where to or how much, and not where from."""
FILE = """
[global]
find-links = {found}
log = {aside}/log
quiet = 3
python = {aside}/python
require-virtualenv = true

[install]
require-hashes = true
report = {aside}/report
user = true
target = {aside}
root = {aside}
prefix = {aside}
no-deps = true
dry-run = true
"""
"""What a user's file for pip may have; only the first setting says where packages come from."""
without_pip = pytest.mark.skipif(find_spec("pip") is None, reason="pip is not installed here")


def needing(folder: Path) -> dict[str, str]:
    """Make two wheels that need a third; return where that is found, as settings of pip and uv."""
    toys.archive(folder / "found" / "toyneeds-1.0-py3-none-any.whl", "toyneeds", "1.0", {})
    for number in ("1.0", "1.1"):
        toys.wheel(folder, number, needs="toyneeds", looking_up=f"{number}")
    return {"UV_FIND_LINKS": str(folder / "found"), "PIP_FIND_LINKS": str(folder / "found")}


def arguments(folder: Path) -> tuple[str, ...]:
    """Return the two wheels as arguments."""
    base, head = (str(folder / f"toytasks-{number}-py3-none-any.whl") for number in ("1.0", "1.1"))
    return ("--base", base, "--head", head, *COUNTED)


def check_sides(folder: Path, outcome: tuple[int, str, str]) -> None:
    """Both sides have all that they need, and nothing was put anywhere else."""
    code, _, error = outcome
    assert code == 0, error
    for name in ("base", "head"):
        assert read(folder, "gate/sides.json")[name]["packages"]["toyneeds"] == "1.0"
    # uv keeps its cache there, as for everyone.
    assert not [path for path in (folder / "home").rglob("toy*") if ".cache" not in path.parts]
    assert not list((folder / "aside").iterdir())


def someone(folder: Path, **environment: str) -> dict[str, str]:
    """Return the environment of a user who has another home, and no uv."""
    for name in ("home", "aside"):
        (folder / name).mkdir()
    return {"HOME": str(folder / "home"), "PYTHONUSERBASE": str(folder / "home"), "PATH": without_uv(), **environment}


@without_pip
def test_variables_of_pip(tmp_path: Path) -> None:
    """With all of them set, the packages are installed into the sides' environments."""
    found = needing(tmp_path)
    environment = someone(tmp_path, **found)
    environment |= {name: value.format(aside=tmp_path / "aside") for name, value in ASIDE.items()}

    check_sides(tmp_path, gate(*arguments(tmp_path), folder=tmp_path, **environment))


@pytest.mark.parametrize("variable", ASIDE)
def test_each_variable_of_pip(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable that says where packages go to, or which, reaches a command with the user's value."""
    monkeypatch.setenv(variable, "the user's")

    assert clean().get(variable) != "the user's"


@without_pip
def test_file_of_pip(tmp_path: Path) -> None:
    """It says where packages come from; where they go to, and what is left out, it does not."""
    found = needing(tmp_path)["PIP_FIND_LINKS"]
    environment = someone(tmp_path)
    file = Path(environment["HOME"]) / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    file.write_text(FILE.format(found=found, aside=tmp_path / "aside"))
    environment |= {"XDG_CONFIG_HOME": str(file.parent.parent), "PIP_FIND_LINKS": ""}

    check_sides(tmp_path, gate(*arguments(tmp_path), folder=tmp_path, **environment))


def test_files_of_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where packages come from is kept, the project's before the user's; where they go to, and how, is left out."""
    for name in ("UV_NO_CONFIG", "UV_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "conf"))
    user = tmp_path / "conf" / "uv" / "uv.toml"
    user.parent.mkdir(parents=True)
    user.write_text('offline = true\nindex-url = "https://example.org"\n[pip]\ntarget = "aside"\nno-deps = true\n')
    project = tmp_path / "project"
    (project / "run").mkdir(parents=True)
    table = '[tool.uv]\nfind-links = ["wheels"]\nindex-url = "https://example.com"\n[tool.uv.pip]\nprefix = "aside"\n'
    (project / "pyproject.toml").write_text(table)

    assert tomllib.loads(write_uv_settings(tmp_path, project / "run").read_text()) == {
        "offline": True,
        "index-url": "https://example.com",
        "find-links": [str(project / "wheels")],
    }


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed here")
def test_uv_installs_into_the_sides(tmp_path: Path) -> None:
    """With variables and a file that say otherwise, the packages are in the sides' environments."""
    found = needing(tmp_path)
    environment = someone(tmp_path, **found) | {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(tmp_path / "conf")}
    (tmp_path / "conf" / "uv").mkdir(parents=True)
    aside = tmp_path / "aside"
    (tmp_path / "conf" / "uv" / "uv.toml").write_text(
        f'[pip]\ntarget = "{aside}"\nrequire-hashes = true\nno-deps = true\n'
    )
    environment |= {"UV_TARGET": str(aside), "UV_REQUIRE_HASHES": "1", "UV_SYSTEM_PYTHON": "1", "UV_PYTHON": "2.9"}

    check_sides(tmp_path, gate(*arguments(tmp_path), folder=tmp_path, **environment))


@pytest.mark.parametrize("path", [without_uv(), os.environ["PATH"]], ids=["pip", "as it is"])
def test_colours(path: str, tmp_path: Path) -> None:
    """A build that fails is told by its last line; no file and no message has a code of a terminal in it."""
    toys.project(tmp_path / "broken")
    (tmp_path / "broken" / "building.py").write_text(BROKEN)
    sides = ("--base", str(toys.wheel(tmp_path, "1.0")), "--head", "./broken")
    code, out, error = gate(*sides, *COUNTED, folder=tmp_path, PATH=path, **COLOURS)

    assert code == 2, error
    assert error.splitlines()[-1].endswith("cannot be installed: it does not build: here it says why")
    files = [file for file in (tmp_path / "run").rglob("*") if file.is_file()]
    assert [file for file in files if b"here it says why" in file.read_bytes()]
    assert "\x1b" not in out
    assert not [file for file in files if b"\x1b" in file.read_bytes()]


def test_a_command_that_writes_colours(tmp_path: Path) -> None:
    """What it says is kept and told without them, and it is asked for none."""
    log = tmp_path / "log"
    log.write_text("before\n")
    words = ["sh", "-c", "printf '\\033[35mplain\\033[0m \\033(Btext \\033]0;title\\007end\\033'"]
    said = run_external(words, log=log, interruption=Interruption())

    assert said == "plain text end"
    assert log.read_text() == "before\nplain text end"
    with pytest.raises(ExternalFailed, match=r"^wrong$"):
        run_external(
            ["sh", "-c", "printf '\\033[31merror: wrong\\033[0m'; exit 1"], log=log, interruption=Interruption()
        )
    assert "\x1b" not in log.read_text()


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours are turned off for every command, and of pip and uv only what says where packages come from is left."""
    kept = {"PIP_INDEX_URL": "a", "UV_INDEX_OWN_PASSWORD": "b", "UV_CACHE_DIR": "c", "PIPES": "d", "PIP_CERT": "e"}
    gone = {"PIP_TARGET": "a", "UV_SYSTEM_PYTHON": "1", "UV_PYTHON": "2.9", "UV_REQUIRE_HASHES": "1", "UV_DRY_RUN": "1"}
    for name, value in {**kept, **gone, **COLOURS}.items():
        monkeypatch.setenv(name, value)
    environment = clean()

    assert kept.items() <= environment.items()
    assert not {*gone, *COLOURS} - {"NO_COLOR"} & environment.keys()
    assert (environment["NO_COLOR"], environment["TERM"], environment["PIP_USER"]) == ("1", "dumb", "0")


def test_settings_of_pip() -> None:
    """An option of `install` precedes one of all commands; several values are kept; where to is left out."""
    listed = r"""
global.index-url='https://example.org/simple'
install.index-url='https://example.com/simple'
global.find-links='\none\ntwo'
install.target='/somewhere'
list.index-url='https://example.net'
:env:.index-url='https://example.edu'
"""

    assert pip_variables(listed) == {"PIP_INDEX_URL": "https://example.com/simple", "PIP_FIND_LINKS": "\none\ntwo"}
    assert not is_kept("PIP_TARGET")


def holds(versions: Mapping[str, str], *needs: str) -> Installed:
    """Return what an environment with these packages holds."""
    return Installed(python="3.13.1", versions=versions, direct=frozenset(), content="", imports=(), needs=needs)


@pytest.mark.parametrize(
    ("versions", "needs", "lack"),
    [
        ({"toy": "1.0"}, (), None),
        ({}, (), "toy is not there"),
        ({"toy": "2.0"}, (), "toy is there in version 2.0, and ==1.0 was asked for"),
        ({"toy": "1.0"}, ("Some.Other>=3",), "Some.Other is not there"),
        ({"toy": "1.0", "some-other": "4"}, ("Some.Other>=3",), None),
        ({"toy": "1.0"}, ("other; extra == 'more'", "old; python_version < '3.13'", "% is no requirement"), None),
    ],
)
def test_what_is_lacking(versions: Mapping[str, str], needs: tuple[str, ...], lack: str | None) -> None:
    """It is the first thing that was asked for, or is declared and has no extra, and is not there as it should be."""
    assert holds(versions, *needs).lacks(["toy==1.0"]) == lack


class Careless(Installer):
    """An installer that says it has installed, and has not."""

    def install(self, *_: object, **__: object) -> None:
        """Install nothing."""


def test_nothing_was_installed(tmp_path: Path) -> None:
    """It is a wrong use, told with what was asked, what is not there and what to do."""
    requirement = Requirement("toytasks==1.0")
    source = Source(asked=SideSpec(text="toytasks==1.0", kind="requirement", requirement=requirement), name="toytasks")
    installer = Careless(log=tmp_path / "log", interruption=Interruption())
    with pytest.raises(InstalledOtherwise, match=r"base 'toytasks==1\.0' .* toytasks is not there: look in the config"):
        install_base(installer, source, common=(), extras=frozenset(), at=tmp_path / "base")


def test_a_wheel_with_another_version_inside(tmp_path: Path) -> None:
    """A file's name is what was asked for."""

    class Other(Installer):
        def install(self, environment: Environment, *_: object, **__: object) -> None:
            [site] = environment.folder.glob("lib/python*/site-packages")
            with zipfile.ZipFile(other) as wheel:
                wheel.extractall(site)

    asked = one_side("base", str(toys.wheel(tmp_path, "1.0")), tmp_path)
    other = toys.archive(tmp_path / "toytasks-2.0-py3-none-any.whl", "toytasks", "2.0", {})
    installer = Other(log=tmp_path / "log", interruption=Interruption())
    with pytest.raises(InstalledOtherwise, match=r"toytasks is there in version 2\.0, and ==1\.0 was asked for"):
        install_base(installer, Source(asked=asked, name="toytasks"), common=(), extras=frozenset(), at=tmp_path / "b")
