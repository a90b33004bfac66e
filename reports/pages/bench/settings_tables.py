"""The tables of settings: what is in effect for each target, and what differs from the row as installed."""

from collections.abc import Iterator, Sequence

from taskgauge.reports.judging.standings import Standing
from taskgauge.reports.rendering import numbers
from taskgauge.reports.rendering.document import Table

_LOG = "log-bytes"


def settings_tables(title: str, rows: Sequence[Standing]) -> Iterator[Table]:
    """Yield the table of settings of these standings, if any session recorded its settings."""
    by_row: dict[tuple[str, str], Standing] = {}
    for row in rows:
        if row.resolved:
            by_row.setdefault((row.target, row.workload.row), row)
    lines = [line for row in by_row.values() for line in _lines(row)]
    if not lines:
        return
    links = {url: text for row in by_row.values() for url, text in row.links.items()}
    yield Table(
        caption=f"{title}: settings in effect",
        headers=("Target", "Row", "Setting or word", "Value", "As installed"),
        rows=tuple(lines),
        widths=(26, 14, 30, 40, 30),
        notes=(
            "As installed: only what differs. Addresses of servers and paths stand as placeholders.",
            *(f"{url}: “{text}”" for url, text in links.items()),
        ),
    )


def _lines(row: Standing) -> Iterator[tuple[str, ...]]:
    name = "as installed" if row.workload.row == "installed" else "production"
    for key, value in row.resolved.items():
        before, arrow, _ = row.differences.get(key, "").partition(" → ")
        yield row.target, name, key, value, before if arrow else ""
    for key, words in row.differences.items():
        if key not in row.resolved:
            yield row.target, name, key, "-", words.partition(" → ")[0]
    if _LOG in row.spreads:
        yield row.target, name, "bytes of log per 1,000 tasks", numbers.value(row.spreads[_LOG].middle), ""
