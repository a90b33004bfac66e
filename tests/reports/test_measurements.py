"""Best, ties, what is withheld, and growth."""

from collections.abc import Iterable

import pytest

from taskgauge.reports.judging.claims.measurements import Measurement, controls, growths, measurements
from taskgauge.reports.metrics.comparison import MetricRow, Rows
from taskgauge.reports.run_folder.records import Sample


def samples(
    arm: str,
    values: Iterable[float],
    metric: str = "create",
    part: str = "time",
    size: int | None = None,
) -> list[Sample]:
    """Return one sample a process."""
    return [
        Sample(part=part, metric=metric, arm=arm, value=value, process=process, size=size)
        for process, value in enumerate(values)
    ]


def standing(found: list[Measurement]) -> dict[str, str]:
    """Return how each arm stands."""
    return {cell.arm: cell.standing for cell in found}


STEADY = [100 + number % 3 for number in range(10)]


def test_best_and_ties_are_marked_in_words() -> None:
    """The best is named, and so is whoever cannot be told from it."""
    # Paired with the baseline, but in another order of disturbances, so that the two cannot be told apart.
    alike = [value * (0.99 if number % 2 else 1.01) for number, value in enumerate(STEADY)]
    slow = [value * 1.2 for value in STEADY]
    rows = Rows([*samples("today", STEADY), *samples("class", alike), *samples("dataclass", slow)])

    found = standing(measurements(rows))

    assert {"best", "tie with the best"} == {found["today"], found["class"]}
    assert not found["dataclass"]


def test_a_difference_below_the_smallest_that_matters_is_a_tie() -> None:
    """Two arms that can be told apart, and differ by 1 %, are tied; with 4 % they are not."""
    near, far = (
        [value * factor * (1 + 0.002 * (number % 2)) for number, value in enumerate(STEADY)] for factor in (1.01, 1.04)
    )
    rows = Rows([*samples("today", STEADY), *samples("class", near), *samples("dataclass", far)])

    assert standing(measurements(rows)) == {"today": "best", "class": "tie with the best", "dataclass": ""}


def test_the_best_is_of_those_shown() -> None:
    """Where an arm is withheld, nobody knows whether it is the best."""
    noisy = [value * (0.7 + 0.4 * (number % 2)) for number, value in enumerate(STEADY)]
    steady = [*samples("today", STEADY), *samples("class", [value * 1.2 for value in STEADY])]

    assert standing(measurements(Rows(steady)))["today"] == "best"
    found = standing(measurements(Rows([*steady, *samples("dataclass", noisy)])))
    assert found["today"] == "best of those shown"
    assert found["dataclass"].startswith("withheld")


def test_one_process_has_no_best() -> None:
    """What one process measured at scale decides nothing, and says so."""
    rows = Rows([*samples("today", [100.0], size=1_000_000), *samples("class", [50.0], size=1_000_000)])

    assert set(standing(measurements(rows)).values()) == {"at scale: one process"}


def test_processes_far_apart_can_agree() -> None:
    """An interval within the smallest effect that matters decides, although one process was disturbed."""
    disturbed = [value * (1 + 0.4 * (number == 7)) for number, value in enumerate([100.0] * 20)]
    rows = Rows([*samples("today", [100.0] * 20), *samples("class", disturbed)])

    assert "withheld" not in standing(measurements(rows))["class"]


def test_more_is_better_for_rates() -> None:
    """Of rates, the largest is the best."""
    rates = {"part": "transport", "metric": "pipe-rate"}
    fast = [value * 1.5 for value in STEADY]
    rows = Rows([*samples("today", STEADY, **rates), *samples("namedtuple", fast, **rates)])

    assert standing(measurements(rows)) == {"today": "", "namedtuple": "best"}


def test_noise_is_withheld_with_its_spread() -> None:
    """Processes that disagree too much give no ratio, and say how far apart they are."""
    noisy = [value * (1 + 0.31 * (number == 3)) for number, value in enumerate(STEADY)]
    rows = Rows([*samples("today", STEADY), *samples("class", noisy)])

    assert standing(measurements(rows))["class"] == "withheld: spread 1.31"


def test_large_effect_is_printed_although_it_is_noisy() -> None:
    """Where the full confidence lies beyond the margin, the direction is sure."""
    noisy = [value * (2 + 0.05 * number) for number, value in enumerate(STEADY)]
    rows = Rows([*samples("today", STEADY), *samples("class", noisy)])

    assert not standing(measurements(rows))["class"]


def test_arm_without_a_baseline_has_a_value_and_no_ratio() -> None:
    """A run of one variant alone is a table of values."""
    (cell,) = measurements(Rows(samples("class", STEADY)))

    assert (cell.value, cell.estimate, cell.standing) == (101, None, "")


def test_arms_of_different_processes_do_not_pair() -> None:
    """Without a common process there is no ratio."""
    late = [Sample(part="time", metric="create", arm="class", value=1, process=99)]
    cells = measurements(Rows([*samples("today", STEADY), *late]))

    assert [cell.estimate for cell in cells] == [None, None]


@pytest.mark.parametrize(("size", "printed"), [(9_999, False), (10_000, True)])
def test_quantiles_of_too_few_tasks_are_not_printed(size: int, *, printed: bool) -> None:
    """p99.9 needs 10,000 tasks; with fewer the table says so instead."""
    (cell,) = measurements(Rows(samples("today", [5.0], "enqueue-p99.9", "dispatch", size)))

    assert printed == (cell.value is not None)
    assert printed != ("needs 10,000 tasks" in cell.standing)


def test_order_of_the_report() -> None:
    """Parts, metrics and sizes come in their own order, the baseline first."""
    rows = Rows(
        [
            *samples("today", [1], "collect", "memory", 100_000),
            *samples("today", [1], "collect", "memory", 20_000),
            *samples("class", [1], "evolve"),
            *samples("today", [1], "evolve"),
            *samples("today", [1], "create"),
            *samples("today", [1], "task-hash"),
        ]
    )

    assert [(cell.row.measure, cell.row.size, cell.arm) for cell in measurements(rows)] == [
        ("create", None, "today"),
        ("evolve", None, "today"),
        ("evolve", None, "class"),
        ("task-hash", None, "today"),
        ("collect", 20_000, "today"),
        ("collect", 100_000, "today"),
    ]


@pytest.mark.parametrize(("metric", "values"), [("collect", [1, 10, 100]), ("pipe-rate", [100, 10, 1])])
def test_growth_is_that_of_the_cost_per_task(metric: str, values: list[float]) -> None:
    """A cost that grows with the size, and a rate that falls with it, both have the exponent 1."""
    found = [
        sample
        for size, value in zip((10_000, 100_000, 1_000_000), values, strict=True)
        for sample in samples("today", [value], metric, "memory", size)
    ]

    (growth,) = growths(Rows(found))

    assert pytest.approx(1) == growth.exponent


def test_one_size_has_no_growth() -> None:
    """A line needs two points."""
    assert growths(Rows(samples("today", [1], "collect", "memory", 10_000))) == []


def test_control_says_whether_it_holds_one() -> None:
    """The identical copy is checked row by row."""
    shifted = [value * 1.05 for value in STEADY]
    rows = Rows([*samples("today", STEADY), *samples("today-again", STEADY), *samples("today", STEADY, "evolve")])
    rows_off = Rows([*samples("today", STEADY), *samples("today-again", shifted)])

    assert [found.holds_one for found in controls(rows)] == [True]
    assert [found.holds_one for found in controls(rows_off)] == [False]


def test_rows_name_what_was_varied() -> None:
    """Condition and size read as words."""
    row = MetricRow(part="memory", measure="collect", condition=(("batch", 1000), ("state", "READY")), size=1_000_000)

    assert row.words == "batch 1,000, state READY, 1,000,000 tasks"
