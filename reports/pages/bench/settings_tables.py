"""The tables of settings: what is in effect for each target, and what differs from the row as installed."""

from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.standings import Standing
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Table
from taskgauge.reports.run_folder.traces import Workload

_LOG = "log-bytes"


def settings_tables(title: str, rows: Sequence[Standing]) -> Iterator[Table]:
    """Yield the table of settings of these standings, if any session recorded its settings."""
    by_row: dict[tuple[str, str], Standing] = {}
    for row in rows:
        if row.resolved:
            by_row.setdefault((row.target, _row_name(row.workload)), row)
    lines = [line for row in by_row.values() for line in _lines(row)]
    if not lines:
        return
    links = dict.fromkeys(link for row in by_row.values() for link in row.links.items())
    yield Table(
        caption=f"{title}: settings in effect",
        headers=("Target", "Row", "Setting or word", "Value", "As installed"),
        rows=tuple(lines),
        widths=(26, 14, 30, 40, 30),
        notes=(
            "As installed: only what differs. Addresses of servers and paths stand as placeholders.",
            *(f"{url}: “{text}”" for url, text in links),
        ),
    )


def _row_name(load: Workload) -> str:
    if load.row == "chart":
        return "chart, in memory" if load.in_memory else "chart, on disk"
    return "as installed" if load.row == "installed" else "production"


def _lines(row: Standing) -> Iterator[tuple[str, ...]]:
    name = _row_name(row.workload)
    for key, value in row.resolved.items():
        before, arrow, _ = row.differences.get(key, "").partition(" → ")
        yield row.target, name, key, value, before if arrow else ""
    for key, words in row.differences.items():
        if key not in row.resolved:
            yield row.target, name, key, "-", words.partition(" → ")[0]
    if _LOG in row.spreads:
        yield row.target, name, "bytes of log per 1,000 tasks", numbers.value(row.spreads[_LOG].middle), ""
