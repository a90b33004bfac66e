"""Environments for the main job and for the checks: `nox -s bench`, `conformance`, `gate`, `tests`, `lint`, `build`.

This file runs on any Python that nox runs on. The sessions use the newest supported Python on PATH or in pyenv's
versions folder. `TASKGAUGE_DJANGO=6.0` selects another Django, `-P 3.12` another Python.
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
nox.options.error_on_missing_interpreters = False  # a missing Python is skipped, also in CI
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "tests"]

# If bytecode may not be written beside the sources, as in many containers, hundreds of fresh processes would compile
# Django anew. The environments' folder keeps the bytecode instead.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    os.environ["PYTHONPYCACHEPREFIX"] = str(Path(".nox", "bytecode").resolve())


PACKAGES = ("backends", "reports", "suites")
"""The folders of the program."""
IN_TWO = ("-n", "2", "--dist", "worksteal")
"""The options for two tests at a time: tests start many processes and wait for them."""
MUTANT_DECLARATIONS = (
    "tests/mutants",
    "-q",
    "-k",
    "test_each_requirement_has_a_mutant or test_only_requirements_are_named",
)
"""The tests of what the mutants declare. They run no mutant: the session `mutants` does."""
QUICK_ROWS = ("--requirement=ENQ-01", "--requirement=RES-01")
"""The options for requirements that all backends of the catalogue meet within seconds."""


def pyenv_folders() -> list[Path]:
    """Return the folders of pyenv's versions: from its variable, its shims on PATH, and its default."""
    roots = [Path(os.environ["PYENV_ROOT"])] if "PYENV_ROOT" in os.environ else []
    paths = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep)]
    roots += [path.parent for path in paths if path.name == "shims"]
    return [root / "versions" for root in (*roots, Path.home() / ".pyenv")]


def runs(python: Path, version: str) -> bool:
    """Return True if this interpreter starts and has that version: a shim of pyenv may only print an error."""
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-c", code], capture_output=True, encoding="utf-8", errors="replace", timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.stdout.strip() == version


def interpreter(version: str) -> Path | None:
    """Return the first interpreter of this version that runs."""
    name = f"python{version}"
    folders = os.environ.get("PATH", "").split(os.pathsep)
    candidates = [Path(sys.executable), *(Path(folder) / name for folder in folders)]
    for versions in pyenv_folders():
        installed = versions.glob(f"{version}*/bin/{name}")
        candidates += sorted(
            installed, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parts[-3])], reverse=True
        )
    return next((path for path in candidates if path.exists() and runs(path, version)), None)


INTERPRETERS = {version: python for version in PYTHONS if (python := interpreter(version))}
if not INTERPRETERS and shutil.which("uv") is None:
    sys.exit(f"Taskgauge needs Python {PYTHONS[0]} or newer, and none is on PATH or in pyenv: install one.")
# Put these interpreters first on PATH, so that nox and its backends find them under their usual names.
for python in INTERPRETERS.values():
    os.environ["PATH"] = os.pathsep.join([str(python.parent), os.environ["PATH"]])
NEWEST = max(INTERPRETERS or PYTHONS, key=lambda version: tuple(map(int, version.split("."))))


def group(name: str) -> tuple[str, ...]:
    """Return the requirements of a dependency group."""
    return nox.project.dependency_groups(PROJECT, name)


def django(version: str) -> tuple[str, ...]:
    """Return the requirement for a Django version, or for `main`."""
    return group(f"django{version.replace('.', '')}")


def install(session: nox.Session, *requirements: str, extras: str = "django-tasks-db,site") -> None:
    """Install the built package, as its users do, and further requirements."""
    shutil.rmtree("build", ignore_errors=True)  # setuptools would add the files of an earlier build to the wheel
    session.install(f".[{extras}]", *requirements)


@nox.session(python=NEWEST)
def bench(session: nox.Session) -> None:
    """Run the main job; arguments after `--` go to `taskgauge bench`."""
    session.install("-e", ".[django-tasks-db,site]", *django(DJANGO))
    session.run("taskgauge", "bench", *session.posargs)


@nox.session(python=NEWEST)
def conformance(session: nox.Session) -> None:
    """Check backends in one environment per backend; arguments after `--` go to `taskgauge conformance`."""
    session.install("-e", ".[django-tasks-db]", *django(DJANGO))  # so that the run knows its commit
    session.run("taskgauge", "conformance", "--install", *session.posargs)


@nox.session(python=NEWEST)
def gate(session: nox.Session) -> None:
    """Compare a base and a head: `nox -s gate -- --base django==6.0.10 --head django==6.1.3`."""
    install(session, *django(DJANGO))
    session.run("taskgauge", "gate", *session.posargs)


def run_tests(session: nox.Session, django_version: str, *chosen: str, suites: bool) -> None:
    """Run tests against the installed wheel, then, with `suites`, the suites with their smallest options."""
    install(session, *group("tests"), *django(django_version))
    if not session.posargs:
        session.run("python", "-m", "pytest", *MUTANT_DECLARATIONS)
    session.run("python", "-m", "pytest", *(session.posargs or (*IN_TWO, *chosen)))
    if suites and not session.posargs:
        tiny = ("--tasks", "100", "--processes", "1", "--slices", "1")
        # Sessions of whole backends wait for minutes; the tests have run some of each kind.
        briefly = ("--ignore-glob=/*/sessions/test_[!t]*.py",)
        session.run("python", "-P", "-m", "pytest", "-q", *tiny, *briefly, "--pyargs", "taskgauge.suites")


def pair(python: str, django_version: str) -> object:
    """Return one cell of the matrix, under the name that `nox -l` shows."""
    return nox.param(python, django_version, id=f"{python}-django{django_version}")


@nox.session
@nox.parametrize(
    "python,django_version", [pair(PYTHONS[0], DJANGOS[0]), *(pair(newer, DJANGO) for newer in PYTHONS[1:])]
)
def tests(session: nox.Session, django_version: str) -> None:
    """Run the tests on every Python, the oldest with the oldest Django; arguments after `--` go to pytest.

    Tests marked `slow` are left out: `matrix` runs all tests on any pair. Versions between the oldest and the newest
    run neither suites nor servers, and make few pages.
    """
    # `bench` runs the suites on the newest pair, in CI too; the oldest pair runs them here.
    pages = [f"--ignore=tests/reports/{name}" for name in ("gate", "test_charts.py", "test_publish.py", "test_site.py")]
    between = ("-m", "not slow and not services", "tests/backends", "tests/reports", *pages)
    chosen = ("-m", "not slow") if session.python in {PYTHONS[0], NEWEST} else between
    run_tests(session, django_version, *chosen, suites=django_version == DJANGOS[0])


@nox.session(default=False)
@nox.parametrize("python,django_version", [pair(python, name) for python in PYTHONS for name in (*DJANGOS, "main")])
def matrix(session: nox.Session, django_version: str) -> None:
    """Run the tests on any pair: `nox -s "matrix(3.13-django6.1)"`."""
    run_tests(session, django_version, suites=True)


@nox.session(python=NEWEST)
def mutants(session: nox.Session) -> None:
    """Test the conformance suite on mutants: each mutant fails the requirements that it breaks, and no others."""
    install(session, *group("tests"), *django(DJANGO))
    session.run("python", "-m", "pytest", "tests/mutants", *session.posargs, env={"TASKGAUGE_MUTANTS": "full"})


@nox.session(python=NEWEST, default=False)
def reproductions(session: nox.Session) -> None:
    """Run the scripts that show each failed MUST without Taskgauge; arguments after `--` are names or options."""
    install(session, *group("tests"), *django(DJANGO))
    folder = Path(session.virtualenv.location).resolve().with_name("reproductions-environments")
    words = [str(Path(word).resolve()) if Path(word).is_dir() else word for word in session.posargs]
    session.chdir("tests")
    session.run("python", "-m", "reproductions", "--environments", str(folder), *words)


@nox.session(python=NEWEST)
def services(session: nox.Session) -> None:
    """Run the tests that need servers, then check a few requirements of each backend."""
    install(session, *group("tests"), *django(DJANGO), extras=",".join(PROJECT["project"]["optional-dependencies"]))
    session.run("python", "-m", "pytest", *IN_TWO, "-m", "services", *session.posargs)
    # With names, a backend that cannot be installed or started is a failure, and is not left out.
    backends = sorted(path.parent.name for path in Path("backends", "catalog").glob("*/backend.toml"))
    session.run("taskgauge", "conformance", "--install", *QUICK_ROWS, *backends)


@nox.session(python=NEWEST)
def browser(session: nox.Session) -> None:
    """Test the static site in Debian's chromium: `apt install chromium`, or set `TASKGAUGE_CHROMIUM` to a browser."""
    install(session, *group("tests"), *group("browser"), *django(DJANGO), extras="site")
    session.run("python", "-m", "pytest", "tests/reports/test_site_browser.py", *session.posargs)


@nox.session(python=NEWEST, default=False)
def publish(session: nox.Session) -> None:
    """Build the site from `reports/published` into `site`, and say which results are not of this code.

    With `--strict` after `--`, a result that does not fit fails the session; further arguments are run folders.
    """
    arguments = [word for word in session.posargs if word != "--strict"]
    strict = ["--strict"] if "--strict" in session.posargs else []
    session.install("-e", ".[site]", *django(DJANGO))  # git and the program are those of the checkout
    codes = [0] if strict else [0, 1]
    session.run("taskgauge", "publish", "--check", "--readme", "README.md", success_codes=codes)
    session.run("taskgauge", "site", "reports/published", *arguments, "--out", "site", *strict)


@nox.session(python=NEWEST)
def coverage(session: nox.Session) -> None:
    """Measure the coverage of the tests without `slow`; the minimum is `fail_under` in pyproject.toml."""
    install(session, *group("tests"), *django(DJANGO))
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *(session.posargs or (*IN_TWO, "-m", "not slow")))
    session.run("coverage", "combine")
    session.run("coverage", "report")


@nox.session(python=NEWEST)
def lint(session: nox.Session) -> None:
    """Check style, types of the installed package, the layers of imports, and the workflows."""
    install(session, *group("lint"))
    session.run("ruff", "check")
    # This rule requires an encoding for open(); ruff has it in preview only.
    session.run("ruff", "check", "--preview", "--select", "PLW1514", *PACKAGES, "noxfile.py")
    session.run("ruff", "format", "--check")
    packages = (argument for package in PACKAGES for argument in ("-p", f"taskgauge.{package}"))
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
