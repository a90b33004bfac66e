"""Claims about whole backends: every session of every target decides, and few sessions decide nothing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taskgauge.reports.judging.claims.analysis import analyse
from taskgauge.reports.judging.claims.claim import Claim, Expect, Level, Who, read_claims
from taskgauge.reports.judging.claims.levels import is_measured
from taskgauge.reports.judging.claims.row_outcome import RowOutcome
from taskgauge.reports.judging.claims.verdict import ClaimOutcome, judge
from taskgauge.reports.judging.standings import Spread, Standing
from taskgauge.reports.metrics.comparison import Rows
from taskgauge.reports.pages.bench.claim_tables import decided_by
from taskgauge.reports.run_folder.declarations import METRICS, PARTS
from taskgauge.reports.run_folder.reader import RunFolder
from taskgauge.reports.run_folder.run_file import PartRecord
from taskgauge.reports.run_folder.sessions import Session
from taskgauge.reports.run_folder.traces import Header, Workload

RUN = RunFolder(path=Path(), provenance={}, python="3.14.8", django="6.1.3", parts=(), samples=(), answers=())
LEVEL = Level(words="rate", part="throughput", measure="drain-rate", expect=Expect.AT_LEAST, bound=100.0)
CLAIM = Claim(id="one", who=Who.QUESTION, claim="One.", levels=(LEVEL,))


def standing(target: str, *values: float, workers: int = 1, is_floor: bool = False) -> Standing:
    """A target with one rate for each session."""
    return Standing(
        part="throughput",
        contract="store",
        workload=Workload(arrival="backlog", tasks=10, workers=workers),
        target=target,
        is_floor=is_floor,
        sessions=len(values),
        spreads={"drain-rate": Spread(values=values)},
        counts="",
        faults=(),
        partial=(),
    )


def outcome(claim: Claim, *standings: Standing) -> tuple[ClaimOutcome, list[RowOutcome | None]]:
    """Return the verdict and what each row of evidence says."""
    verdict = judge(claim, RUN, Rows((), RUN.registry, Path()), standings)
    return verdict.word, [piece.reading for piece in verdict.evidence]


@pytest.mark.parametrize(
    ("values", "word", "reading"),
    [
        ((100.0, 110.0, 120.0, 130.0, 140.0), ClaimOutcome.HOLDS, RowOutcome.FOR),
        ((50.0, 60.0, 70.0, 80.0, 99.0), ClaimOutcome.CONTRADICTED, RowOutcome.AGAINST),
        # The median is above the bound, and one session is not.
        ((99.0, 110.0, 120.0, 130.0, 140.0), ClaimOutcome.NOT_MEASURED, RowOutcome.NEAR),
        ((200.0, 200.0, 200.0, 200.0), ClaimOutcome.NOT_MEASURED, RowOutcome.NOISY),
    ],
    ids=["all above", "all below", "one below", "four sessions"],
)
def test_all_sessions_decide(values: tuple[float, ...], word: ClaimOutcome, reading: RowOutcome) -> None:
    """A value on the other side withdraws the verdict."""
    assert outcome(CLAIM, standing("one", *values)) == (word, [reading])


def test_an_upper_bound() -> None:
    """The same values are against the opposite bound."""
    at_most = replace(CLAIM, levels=(replace(LEVEL, expect=Expect.AT_MOST),))

    assert outcome(at_most, standing("one", *[101.0] * 5)) == (ClaimOutcome.CONTRADICTED, [RowOutcome.AGAINST])
    assert outcome(at_most, standing("one", *[100.0] * 5)) == (ClaimOutcome.HOLDS, [RowOutcome.FOR])


def test_targets_that_differ_are_told_apart() -> None:
    """A claim that holds for one target and not for another is mixed, and names both."""
    both = standing("fast", *[200.0] * 5), standing("slow", *[50.0] * 5)

    verdict = judge(CLAIM, RUN, Rows((), RUN.registry, Path()), both)
    assert verdict.word is ClaimOutcome.MIXED
    assert "holds for: rate, fast. The other way for: rate, slow" in verdict.condition


def test_hidden_and_other_rows_decide_nothing() -> None:
    """A row without a figure is missing; floors and other workloads are not what the level is about."""
    hidden = replace(standing("lossy", *[200.0] * 5), hidden="no figure: of 10 tasks 1 lost")
    one = standing("one", *[200.0] * 5)
    others = (
        standing("two", *[200.0] * 5, workers=2),
        standing("floor-queue", *[200.0] * 5, is_floor=True),
        replace(one, workload=replace(one.workload, row="installed")),
        replace(one, workload=replace(one.workload, concurrency=8)),
    )

    assert outcome(CLAIM, hidden) == (ClaimOutcome.NOT_MEASURED, [RowOutcome.MISSING])
    assert outcome(CLAIM, *others) == (ClaimOutcome.NOT_MEASURED, [RowOutcome.MISSING])


def test_own_backends_decide_nothing() -> None:
    """Taskgauge's own backends are figures beside other targets, and decide only what names them."""
    own, other = standing("reference-memory", *[50.0] * 5), standing("one", *[200.0] * 5)
    verdict = judge(CLAIM, RUN, Rows((), RUN.registry, Path()), [own, other])

    assert verdict.word is ClaimOutcome.HOLDS
    figure = verdict.evidence[-1]
    assert (figure.arm, figure.value, figure.reading) == ("reference-memory", 50.0, None)
    assert outcome(CLAIM, own) == (ClaimOutcome.NOT_MEASURED, [RowOutcome.MISSING, None])
    named = replace(CLAIM, levels=(replace(LEVEL, targets=("reference-memory",)),))
    assert outcome(named, own) == (ClaimOutcome.CONTRADICTED, [RowOutcome.AGAINST])


@pytest.mark.parametrize(
    ("targets", "named", "measured"),
    [
        (["reference-memory", "reference-process", "floor-queue"], (), False),
        (["reference-memory", "one"], (), True),
        (["reference-memory"], ("reference-memory",), True),
        ([], (), False),
    ],
    ids=["own and floors", "another target", "named", "none"],
)
def test_a_claim_needs_a_target_that_may_decide_it(
    targets: list[str], named: tuple[str, ...], *, measured: bool
) -> None:
    """Our own backends and floors alone, as in a default run, do not show a claim on backends."""
    claim = replace(CLAIM, levels=(replace(LEVEL, targets=named),))
    rows = [standing(target, 1.0, is_floor=target.startswith("floor-")) for target in targets]

    assert is_measured(claim, rows) is measured
    assert not is_measured(claim, [replace(row, part="idle") for row in rows])


def by_id(claim: str) -> Claim:
    """Return a claim of the project."""
    return next(entry for entry in read_claims() if entry.id == claim)


def shares(enqueue: float, execution: float, sessions: int = 5) -> Standing:
    """A target with these shares of Django in each session."""
    spreads = {
        name: Spread(values=(value,) * sessions)
        for name, value in (("enqueue-share", enqueue), ("execute-share", execution))
    }
    return replace(standing("one", *[1.0] * sessions), part="overhead", spreads=spreads)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (shares(20.0, 30.0), ClaimOutcome.HOLDS),
        (shares(80.0, 90.0), ClaimOutcome.CONTRADICTED),
        (shares(20.0, 80.0), ClaimOutcome.MIXED),
        (shares(20.0, 30.0, sessions=4), ClaimOutcome.NOT_MEASURED),
    ],
    ids=["below half", "above half", "one of each", "four sessions"],
)
def test_the_overhead_of_the_framework(row: Standing, word: ClaimOutcome) -> None:
    """Both shares must be below half, and four sessions decide nothing."""
    assert outcome(by_id("framework-overhead"), row)[0] is word


def kept(*exponents: float, reached: float = 100_000.0, arrival: Any = "retained") -> Standing:
    """A target whose claims grow so with the kept results."""
    spreads = {"claim-exponent": Spread(values=exponents), "reached": Spread(values=(reached,) * len(exponents))}
    load = Workload(arrival=arrival, tasks=120_000)
    return replace(standing("one", *exponents), part="growth", workload=load, spreads=spreads)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (kept(0.3, 0.4, 0.3, 0.5, 0.3), ClaimOutcome.HOLDS),
        (kept(0.0, 0.05, 0.01, -0.1, 0.02), ClaimOutcome.CONTRADICTED),
        (kept(0.05, 0.2, 0.2, 0.2, 0.2), ClaimOutcome.NOT_MEASURED),
        (kept(*[0.3] * 4), ClaimOutcome.NOT_MEASURED),
        (kept(*[0.3] * 5, reached=1_000.0), ClaimOutcome.NOT_MEASURED),
        (kept(*[0.3] * 5, arrival="waiting"), ClaimOutcome.NOT_MEASURED),
    ],
    ids=["grows", "flat", "on both sides", "four sessions", "few results", "waiting tasks"],
)
def test_finished_rows(row: Standing, word: ClaimOutcome) -> None:
    """Kept results decide, not waiting tasks, and only where each session reached 10,000."""
    assert outcome(by_id("finished-rows-slow-a-worker"), row)[0] is word


def test_the_claims_of_the_project_name_what_is_measured() -> None:
    """Each level names a part that measures targets, and one of its metrics."""
    parts, metrics = {part.name for part in PARTS if part.files == "traces"}, {metric.name for metric in METRICS}
    levels = [level for claim in read_claims() for level in claim.levels]

    assert levels
    assert {level.part for level in levels} <= parts
    assert {level.measure for level in levels} <= metrics


def test_a_run_without_the_part_has_no_such_claim() -> None:
    """A run of result types, or of our own backends, is not told that others were not measured; a run of them is."""
    load, parts = Workload(arrival="idle", tasks=1, workers=2), (PartRecord(name="idle", state="failed", reason="why"),)
    own, other = (
        Header(part="idle", target=target, repetition=0, workload=load, contract="store", ending="failed", reason="why")
        for target in ("reference-memory", "one")
    )
    runs = [RUN, *(replace(RUN, parts=parts, sessions=(Session(header=header),)) for header in (own, other))]
    *without, with_part = analyse(runs, read_claims())

    for analysis in without:
        assert "few-tasks-a-day" not in {verdict.claim.id for verdict in analysis.verdicts}
    [verdict] = [verdict for verdict in with_part.verdicts if verdict.claim.id == "few-tasks-a-day"]
    assert (verdict.word, verdict.condition) == (ClaimOutcome.NOT_MEASURED, "part idle: why")


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("", "70.00 [50.00 to 99.00]"),
        ("withheld: sessions differ by a factor of 1.98, more than 1.15", "[50.00 to 99.00]"),
    ],
    ids=["shown", "withheld"],
)
def test_a_withheld_median_is_no_evidence(status: str, shown: str) -> None:
    """The evidence shows the range of a rate that its table withholds, and no median; all sessions still decide."""
    row = replace(standing("other", 50.0, 60.0, 70.0, 80.0, 99.0), status=status)
    verdict = judge(CLAIM, RUN, Rows((), RUN.registry, Path()), [row])
    assert verdict.word is ClaimOutcome.CONTRADICTED
    assert decided_by(verdict) == f"rate, other: {shown} tasks/s"


def test_rows_of_one_target_are_told_apart() -> None:
    """A second, deeper row of a target is named by its tasks."""
    deep = standing("other", 50.0)
    deep = replace(deep, workload=replace(deep.workload, tasks=100_000))
    verdict = judge(
        CLAIM, RUN, Rows((), RUN.registry, Path()), [standing("other", 50.0), deep, standing("third", 50.0)]
    )
    assert [piece.words for piece in verdict.evidence] == [
        "rate, other, 10 tasks",
        "rate, other, 100,000 tasks",
        "rate, third",
    ]
