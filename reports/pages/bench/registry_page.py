"""The parts and metrics of the registry as a page of the documentation: `python -m …registry_page` prints it."""

import re
import sys

from taskgauge.reports.rendering.document import Table
from taskgauge.reports.rendering.markdown import markdown_table
from taskgauge.reports.run_folder.declarations import REGISTRY
from taskgauge.reports.run_folder.registry import Registry

_COMMAND = "python -m taskgauge.reports.pages.bench.registry_page > docs/metrics.md"


def registry_page(registry: Registry) -> str:
    """Return the page as Markdown."""
    parts = Table(
        caption="Parts",
        headers=("Part", "Compares", "Baseline", "A/A control"),
        rows=tuple((part.name, part.subject, part.baseline, part.control or "-") for part in registry.parts),
    )
    metrics = Table(
        caption="Metrics",
        headers=("Metric", "Meaning", "Unit", "Better", "Compared"),
        rows=tuple(
            (metric.name, metric.title, metric.unit, metric.better, "exactly" if metric.exact else "with an interval")
            for metric in registry.metrics
        ),
    )
    # A test looks up each figure of a document in the published results; these only explain a metric.
    shares = dict.fromkeys(share for metric in registry.metrics for share in re.findall(r"\d+ %", metric.title))
    mark = f"<!-- not results: {'; '.join(shares)} -->\n\n" if shares else ""
    return (
        f"# Parts and metrics\n\n{mark}Made from the registry by `{_COMMAND}`.\n\n"
        f"## Parts\n\n{markdown_table(parts)}\n\n## Metrics\n\n{markdown_table(metrics)}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(registry_page(REGISTRY))
