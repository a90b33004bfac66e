"""The claims as data."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from taskgauge.reports.judging.claims.claim import Claim, Expect, Who, read_claims
from taskgauge.reports.judging.claims.evidence import decide
from taskgauge.reports.metrics.comparison import Rows
from taskgauge.reports.run_folder.declarations import METRICS
from taskgauge.reports.run_folder.errors import ClaimBroken
from taskgauge.reports.run_folder.reader import RunFolder
from taskgauge.reports.run_folder.run_file import Run
from taskgauge.suites.cli.main import bench
from taskgauge.suites.shapes.behaviour.questions import BY_ID as QUESTIONS
from taskgauge.suites.shapes.operations import BY_NAME as OPERATIONS
from taskgauge.suites.shapes.variants import ARMS

HOWS = {"func", "call", "acall", "acall-not-thread-sensitive", "to-thread"}
ORDERS = {"key-tuple", "priority-lifo", "priority-run-after-enqueued"}
ONE = """
[[claim]]
id = "one"
who = "proposer"
claim = "One."
[[claim.decided_by]]
words = "row"
part = "time"
measure = "create"
arm = "namedtuple"
baseline = "today"
expect = "less"
"""
NOTHING = RunFolder(path=Path(), provenance={}, python="3.14.8", django="6.1.3", parts=(), samples=(), answers=())


def rows_of(claim: Claim) -> list[tuple[str, str, set[str]]]:
    """Return part, measure and arms of each row of the claim."""
    return [
        (row.part, name, {row.arm, row.baseline or row.arm})
        for row in (*claim.decided_by, *claim.figures)
        for name in (row.measure, row.baseline_measure)
        if name
    ]


@pytest.mark.parametrize("claim", read_claims(), ids=lambda claim: claim.id)
def test_claims_name_what_is_measured(claim: Claim) -> None:
    """Each row asks for a measure and arms, and each question for an answer, that the suites know."""
    for part, name, arms in rows_of(claim):
        assert name in {metric.name for metric in METRICS}
        assert part != "time" or name in OPERATIONS
        assert arms <= {"ordering": ORDERS, "calls": HOWS}.get(part, set(ARMS))
    for asked in claim.asked:
        assert asked.question in QUESTIONS
        assert asked.arm in ARMS
        assert asked.answer in {"yes", "no"}


@pytest.mark.parametrize("claim", read_claims(), ids=lambda claim: claim.id)
def test_commands_are_ones_that_the_command_line_understands(claim: Claim) -> None:
    """The command printed beside a row parses."""
    for row in claim.decided_by:
        for piece in decide(row, NOTHING, Rows([])):
            program, command, *arguments = shlex.split(piece.command)
            assert (program, command) == ("taskgauge", "bench")
            bench.make_context("bench", arguments)


@pytest.mark.parametrize(
    ("asked", "scale"),
    [
        (["taskgauge", "bench"], ""),
        (["taskgauge", "bench", "--quick", "--part", "time"], "--quick"),
        (["taskgauge", "bench", "--variant", "attrs", "--tasks", "10M", "--strict"], "--tasks 10M"),
        (
            ["taskgauge", "bench", "--tasks=1e6", "--slices", "3", "--processes=2"],
            "--tasks=1e6 --slices 3 --processes=2",
        ),
    ],
    ids=["default", "quick", "tasks", "all"],
)
def test_a_row_is_repeated_at_the_scale_of_its_run(asked: list[str], scale: str) -> None:
    """Its size follows from the run's own scale, so that the command has the very same row again."""
    run = replace(NOTHING, run=Run(command=asked))
    pieces = [piece for claim in read_claims() for row in claim.decided_by for piece in decide(row, run, Rows([]))]

    assert pieces
    assert all(piece.command.endswith(f" {scale}".rstrip()) for piece in pieces)
    assert all(piece.command.count("--tasks") == scale.count("--tasks") for piece in pieces)


def test_both_sides_are_heard() -> None:
    """Proposer and maintainer both have claims, what neither said is a question, and ids are unique."""
    claims = read_claims()

    assert set(Who) == {claim.who for claim in claims}
    assert len(claims) == len({claim.id for claim in claims})


def test_only_opinions_go_without_a_decision() -> None:
    """A claim without a deciding row is marked an opinion, and the other way round."""
    for claim in read_claims():
        assert claim.opinion != bool(claim.decided_by or claim.asked or claim.parts_of_targets)


def test_smallest_effect_is_three_per_cent_unless_said() -> None:
    """Deciding rows have the house's margin where they name none, and never a smaller one."""
    assert min(row.effect for claim in read_claims() for row in claim.decided_by) == 0.03


def test_claims_are_parsed(tmp_path: Path) -> None:
    """A claim as written is a claim as read."""
    (tmp_path / "claims.toml").write_text(ONE)

    (claim,) = read_claims(tmp_path / "claims.toml")

    assert (claim.id, claim.who, claim.decided_by[0].expect) == ("one", Who.PROPOSER, Expect.LESS)


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ('who = "proposer"', 'who = "someone"', "someone"),
        ('who = "proposer"', "", "who"),
        ('claim = "One."', 'claim = "One."\nverdict = "HOLDS"', "knows no verdict"),
        ('claim = "One."', "claim = 1", "wrong type"),
        ('expect = "less"', 'expect = "fewer"', "fewer"),
        ('expect = "less"', 'expect = "less"\neffect = "small"', "wrong type"),
        ('expect = "less"', 'expect = "less"\ncondition = 3', "condition|items"),
        ('measure = "create"', 'operation = "create"', "knows no operation"),
        ('claim = "One."', 'claim = "One."\nopinion = true', "either an opinion"),
        ('baseline = "today"', "", "baseline"),
        ("[[claim]]", "[[claims]]", r"\[\[claim\]\]"),
        ("[[claim]]", "[[claim]", "no TOML"),
        (ONE, ONE + ONE, "stands twice"),
        (ONE, '[[claim]]\nid = "one"\nwho = "proposer"\nclaim = "One."\nopinion = true', "no measurement"),
    ],
    ids=range(14),
)
def test_broken_claims_are_refused(tmp_path: Path, old: str, new: str, fact: str) -> None:
    """Whatever is unknown, missing, double or contradictory is named, with the file."""
    path = tmp_path / "claims.toml"
    path.write_text(ONE.replace(old, new, 1))

    with pytest.raises(ClaimBroken, match=fact):
        read_claims(path)
