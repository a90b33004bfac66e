"""Environments for the main job and for the checks: `nox -s bench`, `conformance`, `gate`, `tests`, `lint`, `build`.

Runs on any Python that nox runs on; the sessions themselves take the newest supported Python that is found on PATH or
in pyenv's versions folder. `TASKGAUGE_DJANGO=6.0` chooses another Django, `-P 3.12` another Python.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nox

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
DJANGOS = ("6.0", "6.1")
DJANGO = os.environ.get("TASKGAUGE_DJANGO", DJANGOS[-1])

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False  # a Python that is not here is skipped, also in CI
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "tests"]

# Where nothing may be written beside the sources, as in many containers, hundreds of fresh processes would each compile
# Django anew; what they compile is kept with the environments instead.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    os.environ["PYTHONPYCACHEPREFIX"] = str(Path(".nox", "bytecode").resolve())


ROOMS = ("backends", "reports", "suites")
"""The folders that are the program."""
IN_TWO = ("-n", "2", "--dist", "worksteal")
"""Two tests at a time: tests start many processes and wait for them."""
WHAT_SABOTEURS_SAY = (
    "tests/saboteurs",
    "-q",
    "-k",
    "test_each_requirement_has_a_saboteur or test_only_requirements_are_named",
)
"""Runs none of them: they have a session of their own."""
QUICK_ROWS = ("--requirement=ENQ-01", "--requirement=RES-01")
"""Requirements that all backends of the catalogue keep, and that take seconds."""


def pyenv_folders() -> list[Path]:
    """Return where pyenv may keep its versions: by its variable, by its shims on PATH, by its habit."""
    roots = [Path(os.environ["PYENV_ROOT"])] if "PYENV_ROOT" in os.environ else []
    paths = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep)]
    roots += [path.parent for path in paths if path.name == "shims"]
    return [root / "versions" for root in (*roots, Path.home() / ".pyenv")]


def runs(python: Path, version: str) -> bool:
    """Whether this is an interpreter of that version and really starts: a shim of pyenv's may only say no."""
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        found = subprocess.run(
            [python, "-c", code], capture_output=True, encoding="utf-8", errors="replace", timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return found.stdout.strip() == version


def interpreter(version: str) -> Path | None:
    """Return the first interpreter of this version that runs."""
    name = f"python{version}"
    folders = os.environ.get("PATH", "").split(os.pathsep)
    candidates = [Path(sys.executable), *(Path(folder) / name for folder in folders)]
    for versions in pyenv_folders():
        found = versions.glob(f"{version}*/bin/{name}")
        candidates += sorted(
            found, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parts[-3])], reverse=True
        )
    return next((path for path in candidates if path.exists() and runs(path, version)), None)


FOUND = {version: python for version in PYTHONS if (python := interpreter(version))}
if not FOUND and shutil.which("uv") is None:
    sys.exit(f"Taskgauge needs Python {PYTHONS[0]} or newer, and none is on PATH or in pyenv: install one.")
# The interpreters that run come first, so that nox and its backends find them under their usual names.
for python in FOUND.values():
    os.environ["PATH"] = os.pathsep.join([str(python.parent), os.environ["PATH"]])
NEWEST = max(FOUND or PYTHONS, key=lambda version: tuple(map(int, version.split("."))))


def group(name: str) -> tuple[str, ...]:
    """Return the requirements of a dependency group."""
    return nox.project.dependency_groups(PROJECT, name)


def django(version: str) -> tuple[str, ...]:
    """Return the requirement for a Django version, or for `main`."""
    return group(f"django{version.replace('.', '')}")


def install(session: nox.Session, *requirements: str, extras: str = "django-tasks-db") -> None:
    """Install the package as its users get it, next to what else is needed."""
    shutil.rmtree("build", ignore_errors=True)  # setuptools would put what an earlier build left there into the wheel
    session.install(f".[{extras}]", *requirements)


@nox.session(python=NEWEST)
def bench(session: nox.Session) -> None:
    """Run the main job; arguments after `--` go to `taskgauge bench`."""
    session.install("-e", ".[django-tasks-db]", *django(DJANGO))
    session.run("taskgauge", "bench", *session.posargs)


@nox.session(python=NEWEST)
def conformance(session: nox.Session) -> None:
    """Check what backends keep, each in an environment of its own; arguments after `--` go to the command."""
    install(session, *django(DJANGO))
    session.run("taskgauge", "conformance", "--install", *session.posargs)


@nox.session(python=NEWEST)
def gate(session: nox.Session) -> None:
    """Compare a base and a head: `nox -s gate -- --base django==6.0.10 --head django==6.1.3`."""
    install(session, *django(DJANGO))
    session.run("taskgauge", "gate", *session.posargs)


def run_tests(session: nox.Session, django_version: str, *chosen: str, suites: bool) -> None:
    """Run tests against the installed wheel, then, with `suites`, the suites themselves, as small as they get."""
    install(session, *group("tests"), *django(django_version))
    if not session.posargs:
        session.run("python", "-m", "pytest", *WHAT_SABOTEURS_SAY)
    session.run("python", "-m", "pytest", *(session.posargs or (*IN_TWO, *chosen)))
    if suites and not session.posargs:
        tiny = ("--tasks", "100", "--processes", "1", "--slices", "1")
        session.run("python", "-P", "-m", "pytest", "-q", *tiny, "--pyargs", "taskgauge.suites")


def pair(python: str, django_version: str) -> object:
    """Return one cell of the matrix, under the name that `nox -l` shows."""
    return nox.param(python, django_version, id=f"{python}-django{django_version}")


@nox.session
@nox.parametrize("python,django_version", [pair(PYTHONS[0], DJANGOS[0]), *(pair(one, DJANGO) for one in PYTHONS[1:])])
def tests(session: nox.Session, django_version: str) -> None:
    """Run the tests on every Python, the oldest with the oldest Django; arguments after `--` go to pytest.

    All of them on the newest; those between differ from neither in suites and servers. `matrix` runs all on each.
    """
    # The newest pair is what `bench` runs on, in CI too; what the oldest Django cannot do shows here.
    between = ("-m", "not slow and not services", "tests/backends", "tests/reports")
    chosen = {PYTHONS[0]: ("-m", "not slow"), NEWEST: ()}.get(f"{session.python}", between)
    run_tests(session, django_version, *chosen, suites=django_version == DJANGOS[0])


@nox.session(default=False)
@nox.parametrize("python,django_version", [pair(python, one) for python in PYTHONS for one in (*DJANGOS, "main")])
def matrix(session: nox.Session, django_version: str) -> None:
    """Run the tests on any pair: `nox -s "matrix(3.13-django6.1)"`."""
    run_tests(session, django_version, suites=True)


@nox.session(python=NEWEST)
def saboteurs(session: nox.Session) -> None:
    """Prove the conformance suite: each backend with one thing broken fails what it breaks, and nothing else."""
    install(session, *group("tests"), *django(DJANGO))
    session.run("python", "-m", "pytest", "tests/saboteurs", *session.posargs, env={"TASKGAUGE_SABOTEURS": "full"})


@nox.session(python=NEWEST)
def services(session: nox.Session) -> None:
    """Run the tests that need servers beside all backends, then check a few requirements of each backend."""
    install(session, *group("tests"), *django(DJANGO), extras=",".join(PROJECT["project"]["optional-dependencies"]))
    session.run("python", "-m", "pytest", *IN_TWO, "-m", "services", *session.posargs)
    # By name: what cannot be installed or started is then a failure, and not left out.
    backends = sorted(path.parent.name for path in Path("backends", "catalog").glob("*/backend.toml"))
    session.run("taskgauge", "conformance", "--install", *QUICK_ROWS, *backends)


@nox.session(python=NEWEST)
def coverage(session: nox.Session) -> None:
    """Measure what the tests without `slow` run of the program; the floor is `fail_under` in pyproject.toml."""
    install(session, *group("tests"), *django(DJANGO))
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *(session.posargs or (*IN_TWO, "-m", "not slow")))
    session.run("coverage", "combine")
    session.run("coverage", "report")


@nox.session(python=NEWEST)
def lint(session: nox.Session) -> None:
    """Check style, types of the installed package, who imports whom, and the workflows."""
    install(session, *group("lint"))
    session.run("ruff", "check")
    # The rule that files are opened with an encoding; ruff has it in preview only.
    session.run("ruff", "check", "--preview", "--select", "PLW1514", *ROOMS, "noxfile.py")
    session.run("ruff", "format", "--check")
    packages = (argument for room in ROOMS for argument in ("-p", f"taskgauge.{room}"))
    session.run("mypy", *packages)
    session.run("mypy", "noxfile.py")
    session.run("lint-imports")
    session.run("zizmor", "--offline", "--pedantic", ".github")


@nox.session(python=NEWEST)
def build(session: nox.Session) -> None:
    """Build sdist and wheel into `dist`, and check both."""
    session.install(*group("build"))
    for folder in ("build", "dist"):
        shutil.rmtree(folder, ignore_errors=True)
    session.run("python", "-m", "build")
    distributions = sorted(str(path) for path in Path("dist").iterdir())
    session.run("twine", "check", "--strict", *distributions)
    session.run("check-wheel-contents", "dist")
