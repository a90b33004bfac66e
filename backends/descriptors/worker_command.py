"""Builds the command that starts a backend's worker, from the table `[worker]` of its descriptor."""

import secrets
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from taskgauge.backends.descriptors.placeholders import check_placeholders, fill_in
from taskgauge.backends.descriptors.toml_table import Check, Table

type Words = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The table `[worker]`; where words can be None, None means that the worker has no such mode."""

    command: Words
    """The words of the command that are the same in every mode."""
    ready: str
    """The text that the worker prints when it begins to look for tasks."""
    poll_interval: float | None
    """The seconds that an idle worker sleeps at most before it looks again; None: the backend wakes it."""
    until_stopped: Words
    """The words that make the worker run until it is stopped."""
    drain: Words | None
    """The words that make the worker end when no task is left."""
    count: Words | None
    """The words, added to `until_stopped`, that make the worker end after `{tasks}` tasks."""
    all_queues: Words
    """The words that make the worker serve every queue."""
    queues: Words | None
    """The words that make the worker serve some queues only."""
    concurrency: Words | None
    """The words for the number of tasks at once. None: a process runs one task, so more processes are started."""
    alias: Words | None
    """The words that make the worker serve another alias than `default`. None: it serves every alias."""

    @classmethod
    def read(cls, table: Table) -> Self:
        """Read `[worker]`; raise DescriptorError."""
        worker = cls(
            command=table.filled("command", table.take_texts("command", check=_knows("python", "worker"))),
            ready=table.filled("ready", table.take("ready", str)),
            poll_interval=table.take_positive("poll_interval", default=None),
            until_stopped=table.take_texts("until_stopped", check=_knows(), default=()),
            drain=table.take_texts("drain", check=_knows(), default=None),
            count=table.take_texts("count", check=_knows("tasks"), default=None),
            all_queues=table.take_texts("all_queues", check=_knows(), default=()),
            queues=table.take_texts("queues", check=_knows("queues", "queue", "each_queue", "one_queue"), default=None),
            concurrency=table.take_texts("concurrency", check=_knows("concurrency"), default=None),
            alias=table.take_texts("alias", check=_knows("alias"), default=None),
        )
        table.check_all_taken()
        return worker

    def words(
        self,
        *,
        queues: Sequence[str] | None = None,
        concurrency: int = 1,
        drain: bool = False,
        tasks: int | None = None,
        alias: str | None = None,
        python: str = sys.executable,
    ) -> list[str] | None:
        """Return the command of one process, or None if the worker has no such mode.

        `queues`: serve only these, else all; `drain`: end when no task is left; `tasks`: end after so many tasks.
        Without these, the worker runs until it is stopped.
        """
        parts = [
            _fill(self.command, python=python, worker=f"worker-{secrets.token_hex(4)}"),
            _fill(self.drain) if drain else self.until_stopped,
            () if tasks is None else _fill(self.count, tasks=tasks),
            () if self.concurrency is None and concurrency == 1 else _fill(self.concurrency, concurrency=concurrency),
            () if self.alias is None or alias is None else _fill(self.alias, alias=alias),
            self.all_queues if queues is None else _fill_queues(self.queues, queues),
        ]
        words: list[str] = []
        for part in parts:
            if part is None:
                return None
            words += part
        return words


def check_command(text: str, place: str) -> None:
    """Raise DescriptorPlaceholderUnknown for placeholders that a command to prepare a store cannot have."""
    check_placeholders(text, frozenset({"python"}), place)


def _knows(*placeholders: str) -> Check:
    return lambda text, place: check_placeholders(text, frozenset(placeholders), place)


def _fill(words: Words | None, **values: object) -> Words | None:
    if words is None:
        return None
    texts = {name: str(value) for name, value in values.items()}
    return tuple(fill_in(word, texts, "a worker's command") for word in words)


def _fill_queues(words: Words | None, queues: Sequence[str]) -> Words | None:
    if words is None:
        return None
    if any("{one_queue}" in word for word in words):
        return _fill(words, one_queue=queues[0]) if len(queues) == 1 else None
    if any("{queue}" in word for word in words):
        return tuple(word for queue in queues for word in _fill(words, queue=queue) or ())
    return tuple(_fill_separately(words, queues))


def _fill_separately(words: Iterable[str], queues: Sequence[str]) -> Iterator[str]:
    for word in words:
        if "{each_queue}" in word:
            yield from (word.replace("{each_queue}", queue) for queue in queues)
        else:
            yield word.replace("{queues}", ",".join(queues))
