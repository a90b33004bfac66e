"""The rows of a target in a report: as its packages install it, and as its documentation recommends for production.

The settings and the command of a descriptor suit the conformance suite: short leases, one attempt, one task at once.
The table `[installed]` undoes that, and `[production]` adds to it what the documentation recommends. The table
`[chart]` has instead what a chart of several queues, published by others, has measured.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from taskgauge.backends.descriptors.errors import DescriptorKeyMissing, DescriptorKeyUnknown, DescriptorTypeWrong
from taskgauge.backends.descriptors.fragments import NO_STORE, Fragment, kinds_of, named_fragment
from taskgauge.backends.descriptors.placeholders import check_placeholders
from taskgauge.backends.descriptors.toml_table import Table

type RowName = Literal["production", "installed", "chart"]
ROW_NAMES: tuple[RowName, ...] = ("production", "installed")
"""The rows of each target; the first one is the default. A target of the published chart has the row `chart`, too."""
CONTRACTS = ("process", "store without fsync", "store with fsync each second", "store with fsync", "broker")
"""The guarantees that a backend can give for an accepted task."""
_CPUS = "cpus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The additions of one row to a descriptor's settings and worker on one store."""

    settings: tuple[Fragment, ...] = ()
    """The fragments that are added to the settings, in this order."""
    command: tuple[str, ...] | None = None
    """The words that replace `command` of the worker; None: they stay."""
    worker: tuple[str, ...] = ()
    """The words that are added to the command."""
    processes: int | None = None
    """The worker processes that one command starts, as far as the descriptor says."""
    concurrency: int | None = None
    """The tasks that one of these processes runs at once."""
    read_ahead: int | None = None
    """The tasks that one of these processes takes in advance, for each task that it runs at once."""
    poll_interval: float | None = None
    """The seconds before an idle worker looks again, if these words or settings change it."""
    links: Mapping[str, str] = field(default_factory=dict)
    """The sentences of the documentation that recommend this, by the address of their page."""

    @property
    def is_empty(self) -> bool:
        """True if the row adds nothing to what it follows."""
        return not (self.settings or self.command or self.worker or self.poll_interval)

    def then(self, other: "Row") -> "Row":
        """Return this row with what another one adds."""
        return Row(
            settings=(*self.settings, *other.settings),
            command=other.command or self.command,
            worker=(*self.worker, *other.worker),
            processes=other.processes or self.processes,
            concurrency=other.concurrency or self.concurrency,
            read_ahead=other.read_ahead or self.read_ahead,
            poll_interval=other.poll_interval or self.poll_interval,
            links={**self.links, **other.links},
        )


def read_rows(
    table: Table, key: str, stores: tuple[str, ...], after: Mapping[str, Fragment], *, linked: bool
) -> dict[str, Row]:
    """Return what a table adds on each store, after these settings; empty without the table; raise DescriptorError.

    `linked`: the table must name the sentences that recommend it.
    """
    own = table.take_table(key)
    if own is None:
        return {}
    links = _read_links(own)
    if linked and not links:
        raise DescriptorKeyMissing(f"{own.place('links')} is missing: say which sentence recommends this")
    return {store: _read_row(own.for_store(store, stores), after[store], store, links) for store in after}


def _read_row(table: Table, after: Fragment, store: str, links: Mapping[str, str]) -> Row:
    text = table.take("settings", str, default=None)
    command = table.take_texts("command", check=_check_command, default=None)
    row = Row(
        settings=() if text is None else (named_fragment(table, "settings", text, kinds_of(store), [after]),),
        command=None if command is None else table.filled("command", command),
        worker=table.take_texts("worker", check=_check_none, default=()),
        processes=_take_count(table, "processes"),
        concurrency=_take_count(table, "concurrency"),
        read_ahead=table.take_positive("read_ahead", int, default=None),
        poll_interval=table.take_positive("poll_interval", default=None),
        links=links,
    )
    table.check_all_taken()
    return row


def read_contracts(table: Table, stores: tuple[str, ...]) -> dict[str, str]:
    """Return the value of `contract` by store, for each store that has one; raise DescriptorError."""
    content = table.take_text_or_table("contract")
    if content is None:
        return {}
    contracts: dict[str, str] = content if isinstance(content, dict) else dict.fromkeys(stores or (NO_STORE,), content)
    for store, contract in contracts.items():
        if store not in stores and isinstance(content, dict):
            known = ", ".join(stores) or "none"
            raise DescriptorKeyUnknown(
                f"{table.place(f'contract.{store}')} is no store of this backend; it has {known}"
            )
        if contract not in CONTRACTS:
            wrong = f"must be one of {', '.join(CONTRACTS)}, and is {contract!r}"
            raise DescriptorTypeWrong(f"{table.place('contract')} {wrong}")
    return contracts


def _read_links(table: Table) -> dict[str, str]:
    links: dict[str, str] = {}
    for entry in table.take_tables("links"):
        links[entry.take("url", str)] = entry.filled("sentence", entry.take("sentence", str))
    for url in links:
        if not url.startswith("https://"):
            raise DescriptorTypeWrong(f"{table.place('links')} has {url!r}, which is no address that begins https://")
    return links


def _take_count(table: Table, key: str) -> int | None:
    """Return a whole number above zero; `cpus` is the number of processors, and `cpus-1` one less, at least 1."""
    if key not in table:
        return None
    value = table.take_number_or_text(key)
    if isinstance(value, str):
        count = os.cpu_count() or 1
        if value not in {_CPUS, f"{_CPUS}-1"}:
            raise DescriptorTypeWrong(f"{table.place(key)} must be a whole number, cpus or cpus-1, and is {value!r}")
        return count if value == _CPUS else max(1, count - 1)
    if value < 1:
        raise DescriptorTypeWrong(f"{table.place(key)} must be above zero, and is {value!r}")
    return value


def _check_command(text: str, place: str) -> None:
    check_placeholders(text, frozenset({"python", "worker"}), place)


def _check_none(text: str, place: str) -> None:
    check_placeholders(text, frozenset(), place)
