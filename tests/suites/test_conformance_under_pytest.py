"""The conformance suite in a user's own pytest: what keeps it from judging is refused in one sentence."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from commanding import HERE, describe

from taskgauge.backends.environments.installer import Environment, Installer
from taskgauge.backends.processes.interruption import Interruption

pytestmark = pytest.mark.slow

FORKING = """
import os
import pytest
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    child = os.fork()
    if not child:
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        os._exit(any(report.failed for report in reports))
    assert 0 == os.waitpid(child, 0)[1]
    return True
"""
REVERSING = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.reverse()
"""
CONFIGURING = """
from django.conf import settings

settings.configure(DEBUG=True)
"""
SETTING_UP = """
import os
import django

os.environ["DJANGO_SETTINGS_MODULE"] = "shop_settings"
django.setup()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a pytest process ended."""

    code: int
    out: str
    error: str
    file: Path

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdicts by requirement."""
        return {row["id"]: row["verdict"] for row in self.document["requirements"]}

    @property
    def document(self) -> dict[str, Any]:
        """The file of the target."""
        document: dict[str, Any] = json.loads(self.file.read_text())
        return document

    def refusal(self) -> str:
        """Return the sentence with which the run was refused; nothing was judged."""
        assert int(pytest.ExitCode.USAGE_ERROR) == self.code, self.out + self.error
        assert not self.file.exists()
        [line] = [line for line in self.error.splitlines() if line]
        return line.removeprefix("ERROR: ")


def run(folder: Path, *arguments: str, target: str = "django-dummy", only: str = "ENQ-01", **environment: str) -> Done:
    """Run the suite on a target as a user does in a folder, with all plugins that are installed."""
    words = [f"--taskgauge-target={target}", f"--taskgauge-requirement={only}", "--taskgauge-results=run"]
    paths = [
        str(folder),
        str(HERE),
        str(HERE.parents[1]),
        *filter(None, [environment.pop("PYTHONPATH", ""), os.environ.get("PYTHONPATH")]),
    ]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "--pyargs", "taskgauge.suites.conformance", *words, *arguments],
        cwd=folder,
        env={**inherited, "PYTHONPATH": os.pathsep.join(paths), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    name = Path(target).parent.name if target.endswith(".toml") else target
    return Done(
        code=done.returncode, out=done.stdout, error=done.stderr, file=folder / "run" / "conformance" / f"{name}.json"
    )


def test_nothing_in_the_way(tmp_path: Path) -> None:
    """Settings that do not concern the suite do no harm, in a folder with tests and a conftest of its own."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -n 2\npython_files = test_*.py check_*.py\n")
    (tmp_path / "conftest.py").write_text("import django\n")
    done = run(tmp_path, "-n", "0")

    assert 0 == done.code, done.out + done.error
    assert {"ENQ-01": "PASS"} == done.verdicts


@pytest.mark.parametrize("arguments", [["-n", "2"], ["--dist", "each", "--tx", "popen"]], ids=["-n", "--dist"])
def test_xdist(arguments: list[str], tmp_path: Path) -> None:
    """With several processes each would have a target of its own, and the verdicts would be of none."""
    sentence = run(tmp_path, *arguments).refusal()

    assert sentence == (
        "pytest-xdist runs tests in several processes, and all tests of the suite belong to one: add -n 0"
    )


def test_xdist_of_a_project(tmp_path: Path) -> None:
    """The options of the project's own settings count too."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -n 2\n")

    assert run(tmp_path).refusal().endswith("add -n 0")


@pytest.mark.environments
def test_pytest_django(tmp_path: Path) -> None:
    """pytest-django as it is installed keeps the suite from the database, and can be left out."""
    installer = Installer.found(None, tmp_path / "log.txt", Interruption())
    apart = tmp_path / "apart"
    installer.install_apart(Environment(folder=Path(sys.prefix)), apart, ["--no-deps", "pytest-django>=4.9"])

    refused = run(tmp_path, PYTHONPATH=str(apart))
    assert refused.refusal().endswith("which a target needs as they are: add -p no:django")

    done = run(tmp_path, "-p", "no:django", PYTHONPATH=str(apart))
    assert (0, {"ENQ-01": "PASS"}) == (done.code, done.verdicts), done.out + done.error


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("python_files = check_*.py", "test_arguments.py of the suite out: python_files of {ini} do not select it"),
        ("python_functions = check_*", " of the suite out: python_functions of {ini} do not select it"),
        ("norecursedirs = tests", "test_arguments.py of the suite out: leave out the option or the setting"),
    ],
)
def test_settings_that_leave_tests_out(setting: str, words: str, tmp_path: Path) -> None:
    """Settings that select the project's own tests would select none of the suite, or a part."""
    ini = tmp_path / "pytest.ini"
    ini.write_text(f"[pytest]\n{setting}\n")

    assert words.format(ini=ini) in run(tmp_path).refusal()


def test_the_advice_is_right(tmp_path: Path) -> None:
    """With the option that the refusal gives, the suite runs."""
    (tmp_path / "pytest.ini").write_text("[pytest]\npython_files = check_*.py\npython_functions = check_*\n")
    advice = run(tmp_path).refusal().partition(": add ")[2]

    done = run(tmp_path, *(word for word in advice.replace("'", "").split()))
    assert (0, {"ENQ-01": "PASS"}) == (done.code, done.verdicts), done.out + done.error


@pytest.mark.parametrize(
    ("conftest", "name"), [(CONFIGURING, "settings.configure()"), (SETTING_UP, "shop_settings")], ids=["own", "module"]
)
def test_a_conftest_that_configures_settings(conftest: str, name: str, tmp_path: Path) -> None:
    """The suite would judge the target under other settings than its own."""
    (tmp_path / "conftest.py").write_text(conftest)
    (tmp_path / "shop_settings.py").write_text("SECRET_KEY = 'x'\n")

    assert f"has configured Django already ({name})" in run(tmp_path).refusal()

    done = run(tmp_path, "--noconftest")
    assert (0, {"ENQ-01": "PASS"}) == (done.code, done.verdicts), done.out + done.error


def test_settings_that_a_test_module_configures(tmp_path: Path) -> None:
    """So it would if a module of the project's own tests, run together with the suite, did it."""
    (tmp_path / "test_shop.py").write_text(f"{CONFIGURING}\ndef test_it(): pass\n")

    assert "has configured Django already" in run(tmp_path, "test_shop.py").refusal()


def test_a_plugin_that_changes_the_order(tmp_path: Path) -> None:
    """Tests at the end of a run empty the store or break the pool of the target."""
    (tmp_path / "reversing.py").write_text(REVERSING)

    sentence = run(tmp_path, "-p", "reversing", target="reference-memory", only="WRK-01").refusal()
    assert "a plugin has changed the order of the tests" in sentence


def test_a_plugin_that_runs_tests_elsewhere(tmp_path: Path) -> None:
    """Tests that pass in processes of a plugin's own judge nothing, and do not look like a success."""
    (tmp_path / "forking.py").write_text(FORKING)

    done = run(tmp_path, "-p", "forking")

    assert int(pytest.ExitCode.USAGE_ERROR) == done.code, done.out + done.error
    assert "failed" == done.document["state"]
    assert "did not run test_enqueue_returns_a_result in this process" in done.document["reason"]
    assert f"django-dummy is not judged: {done.document['reason']}" in done.out


def test_warnings_and_timeouts_of_a_project(tmp_path: Path) -> None:
    """A backend that warns keeps what it keeps, and a test that the project's own timeout ends tells nothing."""
    settings = tmp_path / "pytest.ini"
    settings.write_text("[pytest]\nfilterwarnings = error\n")
    warning = describe(tmp_path, "warning", "troubled_backends.Warns")
    slow = describe(tmp_path, "slow", "troubled_backends.TakesItsTime")

    done = run(tmp_path, target=warning)
    assert (0, {"ENQ-01": "PASS"}) == (done.code, done.verdicts), done.out + done.error
    settings.write_text("[pytest]\nfilterwarnings = error\ntimeout = 1\n")
    done = run(tmp_path, target=slow)
    assert {"ENQ-01": "UNKNOWN"} == done.verdicts, done.out + done.error
    assert "pytest ended the test: Timeout" in done.document["requirements"][0]["reason"]
