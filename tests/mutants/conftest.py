"""Runs all chosen mutants in the background, and says at the end what was proven."""

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from statistics import median

import pytest


def _import_package() -> None:
    """Import `mutants` by that name, as the processes of a target do, and nothing else of `tests` by another."""
    folder = Path(__file__).parent
    spec = spec_from_file_location("mutants", folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec is not None
    assert spec.loader is not None
    sys.modules["mutants"] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules["mutants"])


_import_package()

from mutants.proof import FULL, all_mutants  # noqa: E402 -- the package first
from mutants.runs import Runner  # noqa: E402
from mutants.targets import base_of, why_not  # noqa: E402
from taskgauge.suites.conformance.requirements import load_requirements  # noqa: E402
from taskgauge.suites.run_control.processors import usable_processors  # noqa: E402

_runner = pytest.StashKey[Runner]()


@pytest.fixture(scope="session")
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Begin a run for each mutant whose test was chosen, and of what they are compared with."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    named = [all_mutants()[each["mutant"]] for each in params if "mutant" in each]
    mutants = [one for one in named if not why_not(one)]
    bases = [each["base"] for each in params if "base" in each]
    if FULL:
        bases += [base_of(one).name for one in mutants]
    is_one_of_several = hasattr(request.config, "workerinput")  # with pytest-xdist each process has all the items
    with Runner(
        tmp_path_factory.mktemp("mutants"), full=FULL, jobs=1 if is_one_of_several else usable_processors()
    ) as runner:
        request.config.stash[_runner] = runner
        if not is_one_of_several:
            runner.begin([*dict.fromkeys(bases), *(one.name for one in mutants)])
        yield runner


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many requirements were proven: those that a mutant broke, and nothing but what it said."""
    if _runner not in config.stash:
        return
    passed = {report.nodeid for report in terminalreporter.stats.get("passed", [])}
    known = [one for one in all_mutants().values() if not one.is_honest]
    mutants = [one for one in known if any(f"[{one.name}]" in nodeid for nodeid in passed)]
    proven = {one.breaks for one in mutants}
    rows = load_requirements()
    terminalreporter.section("what the suite was seen to notice")
    for level in ("MUST", "SHOULD"):
        asked = {name for name, row in rows.items() if row.level == level}
        terminalreporter.line(f"{level:6} {len(asked & proven):3} of {len(asked)}")
    check = "full" if FULL else "quick"
    terminalreporter.line(f"{'all':6} {len(proven):3} of {len(rows)}, by {len(mutants)} mutants, {check} check")
    terminalreporter.line(f"not seen here: {', '.join(sorted(set(rows) - proven)) or 'none'}")
    seconds = sorted(run.seconds for run in config.stash[_runner].done().values())
    if seconds:
        terminalreporter.line(f"seconds for each: median {median(seconds):.1f}, longest {seconds[-1]:.1f}")
