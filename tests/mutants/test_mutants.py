"""Each mutant breaks what it says, and nothing else; what they are made from breaks nothing."""

from typing import Any

import pytest
from django import VERSION

from mutants.breaking import Run
from mutants.proof import EXCEPTIONS, FULL, all_mutants
from mutants.runs import Runner
from mutants.targets import base_of, why_not
from taskgauge.suites.conformance.requirements import load_requirements

AS_DJANGO = {
    "ARG-06": "Django's own normalize_json() keeps keys that are no strings (DIS-06)",
    "ARG-08": "Django's own normalize_json() keeps subclasses (DIS-07)",
    "DEF-06": "Django's own validate_task() cannot take a timedelta (DIS-01)",
}
"""What the reference backends do not keep: where documentation and source disagree, they do as the source does."""
REFERENCES = ("reference-immediate", "reference-memory", "reference-process")
BASES = {"durable": {}, "steps": {}, **dict.fromkeys(REFERENCES, AS_DJANGO)}


@pytest.mark.slow
@pytest.mark.parametrize("base", BASES)
def test_what_is_not_broken_passes(runner: Runner, base: str) -> None:
    """The backends that mutants are made from keep all that they claim."""
    if base == "reference-process" and VERSION < (6, 1):
        pytest.skip("Django 6.0 cannot pickle a Task")
    run = runner.result(base)

    assert "" == run.trouble
    expected = {name for name in BASES[base] if run.verdicts[name] not in {"N/A", "DECLINED"}}
    assert expected == run.broken(), run.reasons
    assert set() == run.unknown(), run.reasons


def _mutants(*, honest: bool) -> list[Any]:
    return [
        pytest.param(name, marks=[pytest.mark.slow] if base_of(one).stores else [])
        for name, one in all_mutants().items()
        if one.is_honest == honest
    ]


@pytest.mark.parametrize("mutant", _mutants(honest=False))
def test_what_is_broken_is_noticed(runner: Runner, mutant: str) -> None:
    """What fails is what the mutant breaks and what it must break too, and no more."""
    _judge(runner, mutant)


@pytest.mark.parametrize("mutant", _mutants(honest=True))
def test_what_only_differs_breaks_nothing(runner: Runner, mutant: str) -> None:
    """A backend that does otherwise what the documentation leaves open is failed for nothing."""
    _judge(runner, mutant)


def _judge(runner: Runner, mutant: str) -> None:
    this = all_mutants()[mutant]
    if reason := why_not(this):
        pytest.skip(reason)
    run = runner.result(mutant)

    assert "" == run.trouble
    expected, seen = this.expected(), run.broken()
    if FULL:
        before = runner.result(base_of(this).name)
        seen -= before.broken()
        assert set() == run.unknown() - before.unknown(), _told(run, run.unknown())
    else:
        expected -= this.also.keys() - seen  # which the tests of other rows may show
    assert expected == seen, _told(run, expected ^ seen)


def _told(run: Run, names: set[str]) -> str:
    return "".join(f"\n{name} is {run.verdicts.get(name)}: {run.reasons.get(name)}" for name in sorted(names))


def test_each_requirement_has_a_mutant() -> None:
    """Or a reason why it has none."""
    broken = {one.breaks for one in all_mutants().values() if not one.is_honest}
    rows = set(load_requirements())

    assert rows == broken | set(EXCEPTIONS)
    assert set() == broken & set(EXCEPTIONS)


def test_only_requirements_are_named() -> None:
    """With a reason for each but the first."""
    rows = set(load_requirements())

    for one in all_mutants().values():
        assert {*one.names} <= rows, one.name
        assert one.breaks not in one.also, one.name
        assert all(one.also.values()), one.name
