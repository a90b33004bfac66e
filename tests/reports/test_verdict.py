"""Verdicts from run folders with known effects in them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from taskgauge.reports.judging.claims.claim import Claim, Rule, read_claims
from taskgauge.reports.judging.claims.evidence import ClaimEvidence
from taskgauge.reports.judging.claims.row_outcome import RowOutcome
from taskgauge.reports.judging.claims.verdict import ClaimOutcome, ClaimVerdict, verdict
from taskgauge.reports.pages.report import read_report
from taskgauge.reports.run_folder.documents import read_stream
from taskgauge.reports.run_folder.records import Sample, add_left_out, add_samples

type MakeRun = Callable[..., Path]

CREATES = [("create-bare", "frozen-dataclass"), ("create-bare", "frozen-slots-dataclass")]
FREEZING = dict.fromkeys([*CREATES, ("task-create-bare", "frozen-slots-dataclass")], 1.1)


def judged(folder: Path, name: str) -> ClaimVerdict:
    """Return the verdict on one claim."""
    return next(found for found in read_report([folder]).verdicts if found.claim.id == name)


def piece(reading: RowOutcome, words: str = "row", reason: str = "") -> ClaimEvidence:
    """Return a piece of evidence that reads so."""
    return ClaimEvidence(words=words, command="", reading=reading, arm="a", reason=reason)


def test_known_slow_down_is_seen(make_run: MakeRun) -> None:
    """10 % put into the frozen shapes is found, at its size, with an A/A control that shows none."""
    found = judged(make_run(effects=FREEZING), "freezing-costs")

    assert found.word == ClaimOutcome.HOLDS
    first = found.evidence[0]
    assert first.estimate is not None
    assert first.control is not None
    assert first.estimate.low < 1.1 < first.estimate.high or first.estimate.ratio == pytest.approx(1.1, rel=0.01)
    assert first.control.low <= 1 <= first.control.high
    assert (found.python, found.django) == ("3.14.8", "6.1.3")


@pytest.mark.parametrize("seed", range(5))
def test_without_it_nothing_is_seen(make_run: MakeRun, seed: int) -> None:
    """With all arms alike no measured claim of a difference reads as held or contradicted."""
    for found in read_report(
        [make_run(seed=seed, effects={("refresh-by-replacement", arm): 13 / 14 for arm in ("today",)})]
    ).verdicts:
        rows = [
            row for row in found.evidence if row.reading and row.row and row.row.measure != "refresh-by-replacement"
        ]
        expected = {RowOutcome.SAME, RowOutcome.NEAR} if not _no_more(found.claim) else {RowOutcome.FOR}
        assert {row.reading for row in rows} <= expected


def _no_more(claim: Claim) -> bool:
    return any(row.expect.value in {"at most", "at least"} for row in claim.decided_by)


def test_speed_up_contradicts_a_cost(make_run: MakeRun) -> None:
    """The rule finds both directions."""
    faster = {key: 1 / factor for key, factor in FREEZING.items()}

    assert judged(make_run(effects=faster), "freezing-costs").word == ClaimOutcome.CONTRADICTED


def test_control_that_strays_suppresses_the_verdict(make_run: MakeRun) -> None:
    """The same 10 % is no finding where the identical copy of the baseline is off by 12 %."""
    strayed = {("create-bare", "today-again"): 1.12, ("task-create-bare", "today-again"): 1.12}
    found = judged(make_run(effects=FREEZING | strayed), "freezing-costs")

    assert (found.word, found.condition) == (ClaimOutcome.NOT_MEASURED, "the A/A control strays as far")
    assert {RowOutcome.UNSEEN} == {row.reading for row in found.evidence if row.reading}


def test_effect_below_the_margin_does_not_matter(make_run: MakeRun) -> None:
    """1.5 %, however sure, is no difference that matters."""
    small = dict.fromkeys(FREEZING, 1.015)

    assert judged(make_run(effects=small, noise=0.002), "freezing-costs").word == ClaimOutcome.NO_DIFFERENCE


def test_mixed_names_its_condition(make_run: MakeRun) -> None:
    """Smaller alone and larger together is MIXED, and says for which it holds."""
    effects = {("allocated-bytes", "namedtuple"): 0.9, ("resident-bytes", "namedtuple"): 1.2}
    found = judged(make_run(effects=effects), "namedtuple-smaller-than-today")

    assert found.word == ClaimOutcome.MIXED
    assert "holds for: the shape alone" in found.condition
    assert "The other way for: resident memory" in found.condition


def test_counts_are_compared_exactly(make_run: MakeRun) -> None:
    """8 bytes of 128 decide, without an interval to doubt."""
    found = judged(make_run(effects={("allocated-bytes", "namedtuple"): 136 / 128}), "namedtuple-smaller-than-today")

    assert found.word == ClaimOutcome.CONTRADICTED
    assert found.evidence[0].estimate is not None
    assert found.evidence[0].estimate.exact


def test_none_left_is_less_than_some(make_run: MakeRun) -> None:
    """Task copies that a lazy reference removes altogether are a count of nought and no error."""
    effects = {("task-copies", "today-lazy"): 0, ("pipe-rate", "today-lazy"): 1.5}

    assert judged(make_run(effects=effects), "lazy-task-helps").word == ClaimOutcome.HOLDS


def test_what_django_cannot_pickle_is_not_measured(make_run: MakeRun) -> None:
    """On Django 6.0 the rows that pickle a Task have that reason, and no verdict."""
    folder = make_run(django="6.0.10", parts=["memory", "behaviour"])
    found = judged(folder, "namedtuple-pickled-faster")

    assert (found.word, found.condition) == (ClaimOutcome.NOT_MEASURED, "N/A: Django 6.0 cannot pickle a Task")


def test_part_that_was_interrupted_is_not_measured(make_run: MakeRun) -> None:
    """What is missing says why; the other claims have their verdicts."""
    folder = make_run(parts=["behaviour", "memory"], states={"time": "interrupted"})

    assert (
        judged(folder, "freezing-costs").word,
        judged(folder, "freezing-costs").condition,
    ) == (ClaimOutcome.NOT_MEASURED, "part time: interrupted")
    assert judged(folder, "freezing-guards").word == ClaimOutcome.HOLDS


def test_why_an_arm_was_left_out_is_told(make_run: MakeRun) -> None:
    """A reason that the suite gave for leaving an arm out is the reason of the verdict."""
    folder = make_run()
    (folder / "time/frozen-dataclass.json").unlink()
    add_left_out(folder, "time", "create-bare", {"frozen-dataclass": "no such shape"})
    add_left_out(folder, "time", "create-bare", {"frozen-dataclass": "no such shape"})

    assert judged(folder, "freezing-costs").evidence[0].reason == "frozen-dataclass: no such shape"
    assert "Arms left out" in read_report([folder]).text


def test_arms_that_share_no_process_are_not_compared(make_run: MakeRun) -> None:
    """ClaimEvidence is paired by process; arms of different processes are no evidence."""
    folder = make_run(parts=["calls"])
    path = folder / "calls/samples.jsonl"
    samples = read_stream(path, Sample)
    path.unlink()
    add_samples(folder, [replace(each, process=each.process + 100 * (each.arm == "func")) for each in samples])
    found = judged(folder, "call-is-cheap")

    assert ClaimOutcome.NOT_MEASURED == found.word
    assert "no process measured both call and func" in found.condition


def test_most_processes_decide_and_the_largest_size_is_shown(make_run: MakeRun) -> None:
    """Ten processes at a smaller size outweigh one at a million tasks, which is printed beside them."""
    folder = make_run(parts=["memory"])
    path = folder / "memory/samples.jsonl"
    samples = [each for each in read_stream(path, Sample) if each.process == 0 or each.metric != "collect"]
    path.unlink()
    side_by_side: dict[str, str | int] = {"held": "side by side"}
    add_samples(
        folder, [replace(each, condition=side_by_side) if each.metric == "collect" else each for each in samples]
    )
    add_samples(
        folder,
        [
            Sample(
                part="memory",
                metric="collect",
                arm=arm,
                value=value + process / 10,
                process=process,
                size=50_000,
                condition=side_by_side,
            )
            for arm, value in (("today", 30), ("today-again", 30), ("namedtuple", 20))
            for process in range(10)
        ],
    )
    found = judged(folder, "namedtuple-collected-cheaper")

    assert found.word == ClaimOutcome.HOLDS
    shown = [(row.reading, row.row.size) for row in found.evidence if row.row]
    assert shown == [(RowOutcome.FOR, 50_000), (None, 100_000), (None, 1_000_000)]


def test_noise_is_withheld(make_run: MakeRun) -> None:
    """Where processes disagree by half, nothing is said."""
    found = judged(make_run(parts=["time"], noise=0.8, slices=1), "namedtuple-read-faster")

    assert found.word == ClaimOutcome.NOT_MEASURED
    assert "spread" in found.condition


def test_lost_tasks_take_the_rate_with_them(make_run: MakeRun) -> None:
    """No speed without a history: an arm that lost tasks has no rate."""
    folder = make_run()
    path = folder / "dispatch/samples.jsonl"
    old = '"metric": "unaccounted", "arm": "namedtuple", "value": 0'
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, old[:-1] + "3"))
    found = judged(folder, "namedtuple-dispatched-faster")

    assert found.word == ClaimOutcome.NOT_MEASURED
    assert "lost or doubled" in read_report([folder]).text


def test_what_is_dispatched_at_scale_decides_nothing(make_run: MakeRun) -> None:
    """Slices over many processes decide; a million tasks in one process are shown beside them."""
    folder = make_run(parts=["time"])
    where = {"target": "reference-memory"}
    for arm, factor in (("today", 1.0), ("today-again", 1.001), ("namedtuple", 0.8)):
        rows = [
            Sample(part="dispatch", metric="dispatch-rate", arm=arm, value=1e4 * factor * (1 + process / 1e3), **place)
            for process in range(12)
            for place in ({"process": process, "condition": where},)
        ]
        at_scale = {"value": 2e4, "size": 1_000_000, "condition": where}
        add_samples(folder, [*rows, Sample(part="dispatch", metric="dispatch-rate", arm=arm, **at_scale)])

    found = judged(folder, "namedtuple-dispatched-faster")

    assert found.word == ClaimOutcome.CONTRADICTED
    deciding, scaled = found.evidence
    assert (deciding.row.size, deciding.estimate.processes) == (None, 12)
    assert deciding.control is not None
    assert (scaled.row.size, scaled.reason, scaled.reading) == (1_000_000, "at scale", None)


def test_opinions_have_figures_and_no_verdict(make_run: MakeRun) -> None:
    """What no measurement can decide is illustrated only."""
    found = judged(make_run(), "millions-a-second")

    assert found.word == ClaimOutcome.OPINION
    assert {None} == {row.reading for row in found.evidence}
    assert any(row.value for row in found.evidence)


@pytest.mark.parametrize(
    ("readings", "every", "some"),
    [
        (["FOR"], "HOLDS", "HOLDS"),
        (["FOR", "NOISY", "MISSING"], "MIXED", "HOLDS"),
        (["FOR", "NEAR"], "MIXED", "HOLDS"),
        (["FOR", "SAME"], "MIXED", "HOLDS"),
        (["FOR", "UNSEEN"], "MIXED", "HOLDS"),
        (["FOR", "AGAINST"], "MIXED", "MIXED"),
        (["AGAINST"], "CONTRADICTED", "CONTRADICTED"),
        (["AGAINST", "SAME"], "CONTRADICTED", "CONTRADICTED"),
        (["SAME", "NOISY"], "MIXED", "MIXED"),
        (["SAME", "UNSEEN"], "MIXED", "MIXED"),
        (["SAME"], "NO DIFFERENCE THAT MATTERS", "NO DIFFERENCE THAT MATTERS"),
        (["UNSEEN"], "NOT MEASURED", "NOT MEASURED"),
        (["NEAR", "MISSING"], "NOT MEASURED", "NOT MEASURED"),
        (["NOISY", "MISSING"], "NOT MEASURED", "NOT MEASURED"),
        ([], "NOT MEASURED", "NOT MEASURED"),
    ],
    ids=str,
)
def test_readings_make_the_word(readings: list[str], every: str, some: str) -> None:
    """The whole rule, row by row."""
    pieces = [piece(RowOutcome[name]) for name in readings]

    assert (every, some) == (verdict(Rule.EVERY, pieces)[0].value, verdict(Rule.SOME, pieces)[0].value)


@pytest.mark.parametrize("reading", [RowOutcome.FOR, RowOutcome.AGAINST, RowOutcome.SAME])
@pytest.mark.parametrize("unknown", [RowOutcome.NOISY, RowOutcome.MISSING])
def test_what_was_not_measured_stands_beside_the_word(reading: RowOutcome, unknown: RowOutcome) -> None:
    """A verdict from some rows is no verdict on the others: where all must be as claimed, noise takes the word away."""
    pieces = [piece(reading), piece(unknown)]

    assert "" == verdict(Rule.EVERY, pieces[:1])[1]
    word, condition = verdict(Rule.EVERY, pieces)
    assert word is ClaimOutcome.MIXED
    assert condition.endswith(f"Not measured: {pieces[1].words}")
    if reading is RowOutcome.FOR:
        assert verdict(Rule.SOME, pieces) == (ClaimOutcome.HOLDS, f"not measured: {pieces[1].words}")


def test_two_runs_of_one_thing_get_the_same_verdicts(make_run: MakeRun) -> None:
    """Other noise, the same words for every claim."""
    effects = FREEZING | {("allocated-bytes", "namedtuple"): 136 / 128, ("pickle-loads-5", "today"): 3}
    runs = [make_run(name=f"run{seed}", seed=seed, effects=effects) for seed in (11, 12)]
    words = [[found.word for found in read_report([run]).verdicts] for run in runs]

    assert words[0] == words[1]
    assert len([claim for claim in read_claims() if not claim.parts_of_targets]) == len(words[0])
