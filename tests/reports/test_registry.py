"""The registry of parts and metrics."""

from collections.abc import Callable
from pathlib import Path

from taskgauge.reports.pages.bench.registry_page import registry_page
from taskgauge.reports.pages.report import read_report
from taskgauge.reports.run_folder.declarations import METRICS, PARTS, REGISTRY
from taskgauge.reports.run_folder.registry import Part, Registry, read_registry, write_registry
from taskgauge.suites.cli.bench_parts import PARTS as IN_ORDER
from taskgauge.suites.shapes.operations import BY_NAME
from taskgauge.suites.shapes.sorting.operations import BY_NAME as ORDERINGS


def test_each_part_has_a_section(make_run: Callable[..., Path]) -> None:
    """What a part measures is in the report, under its title."""
    titles = {section.title for section in read_report([make_run()]).document.sections}

    assert {part.title for part in PARTS if not part.on_request and part.files != "traces"} <= titles


def test_each_metric_has_a_title_and_a_unit() -> None:
    """Names are unique, and a title says more than the name."""
    assert len(METRICS) == len({metric.name for metric in METRICS})
    assert all(metric.title not in {"", metric.name} and metric.unit for metric in METRICS)


def test_each_operation_is_a_metric() -> None:
    """Whatever is timed has its entry."""
    assert {*BY_NAME, *ORDERINGS} <= {metric.name for metric in METRICS}


def test_it_is_kept_whole(tmp_path: Path) -> None:
    """A run folder has all of it."""
    write_registry(tmp_path, REGISTRY)

    assert read_registry(tmp_path) == REGISTRY


def test_over_another_one() -> None:
    """The first one's declarations count; what only one of them has is kept."""
    new = Part(name="colour", title="Colour", suite="colours")
    changed = Part(name="time", title="Times", suite="times")

    parts = Registry(parts=(changed, new), metrics=()).over(REGISTRY).parts

    assert parts == (changed, *PARTS[1:], new)


def test_the_longest_part_runs_last() -> None:
    """An interrupted run has most of what there is."""
    assert [part.name for part in IN_ORDER] == [
        *("time", "ordering", "memory", "transport", "behaviour", "calls", "throughput", "enqueue", "idle", "dispatch"),
        *("order", "growth", "leaks", "latency", "round-trips", "overhead", "chart"),
    ]


def test_the_documentation_has_all_of_it() -> None:
    """The page of parts and metrics is the registry's."""
    page = Path(__file__).parents[2] / "docs" / "metrics.md"

    assert page.read_text(encoding="utf-8") == registry_page(REGISTRY)
