"""Runs all chosen saboteurs in the background, and says at the end what was proven."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from saboteurs.proof import all_saboteurs  # noqa: E402 -- the path first
from saboteurs.runs import Runner  # noqa: E402
from saboteurs.targets import base_of  # noqa: E402
from taskgauge.suites.conformance.requirements import load_requirements  # noqa: E402

FULL = os.environ.get("TASKGAUGE_SABOTEURS") == "full"
_runner = pytest.StashKey[Runner]()


@pytest.fixture(scope="session")
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Begin a run for each saboteur whose test was chosen, and of what they are compared with."""
    chosen = [item.callspec.params for item in request.session.items if "saboteur" in getattr(item, "fixturenames", ())]
    named = [all_saboteurs()[params["saboteur"]] for params in chosen if "saboteur" in params]
    saboteurs = [saboteur for saboteur in named if saboteur.applies]
    bases = [item.callspec.params["base"] for item in request.session.items if "base" in getattr(item, "fixturenames", ())]
    if FULL:
        bases += [base_of(saboteur).name for saboteur in saboteurs]
    jobs = int(os.environ.get("TASKGAUGE_JOBS", os.process_cpu_count() if sys.version_info >= (3, 13) else 2) or 2)
    with Runner(tmp_path_factory.mktemp("saboteurs"), full=FULL, jobs=jobs) as runner:
        request.config.stash[_runner] = runner
        runner.begin(saboteurs, dict.fromkeys(bases))
        yield runner


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many requirements were proven: those that a saboteur broke, and nothing but what it said."""
    if _runner not in config.stash:
        return
    passed = {report.nodeid for report in terminalreporter.stats.get("passed", [])}
    saboteurs = [one for one in all_saboteurs().values() if any(f"[{one.name}]" in nodeid for nodeid in passed)]
    proven = {one.breaks for one in saboteurs}
    rows = load_requirements()
    terminalreporter.section("what the suite was seen to notice")
    for level in ("MUST", "SHOULD"):
        asked = {name for name, row in rows.items() if row.level == level}
        terminalreporter.line(f"{level:6} {len(asked & proven):3} of {len(asked)}")
    terminalreporter.line(f"{'all':6} {len(proven):3} of {len(rows)}, by {len(saboteurs)} saboteurs, {'full' if FULL else 'quick'}")
    terminalreporter.line(f"not seen here: {', '.join(sorted(set(rows) - proven)) or 'none'}")
    seconds = sorted(run.seconds for run in config.stash[_runner].done().values())
    if seconds:
        terminalreporter.line(f"seconds for each: median {median(seconds):.1f}, longest {seconds[-1]:.1f}")
