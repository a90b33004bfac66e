"""Builds the command that starts a backend's worker, from the table `[worker]` of its descriptor."""

import ast
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from signal import Signals
from typing import Self

from taskgauge.backends.descriptors.errors import DescriptorNotReadable
from taskgauge.backends.descriptors.placeholders import check_placeholders, fill_in
from taskgauge.backends.descriptors.rows import Row
from taskgauge.backends.descriptors.toml_table import Check, Table

_PLACEHOLDERS = dict.fromkeys(("processes", "concurrency", "read_ahead", "read_ahead_in_all"), "1")

type Words = tuple[str, ...]

DEFAULT_QUEUE = "default"
STOP_SIGNALS = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP")
"""The signals that can ask a worker to end; the first is the default."""


SHAPE = {
    "processes": ("processes",),
    "concurrency": ("concurrency",),
    "read_ahead": ("read_ahead", "read_ahead_in_all"),
}
"""The keys for the shape of a worker, with the placeholders of their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The numbers that a measurement sets; None: as the row has it."""

    processes: int | None = None
    concurrency: int | None = None
    read_ahead: int | None = None
    """The tasks in advance for each task at once."""

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers that are set, by key."""
        numbers = {"processes": self.processes, "concurrency": self.concurrency, "read_ahead": self.read_ahead}
        return {key: value for key, value in numbers.items() if value is not None}

    @property
    def values(self) -> dict[str, int]:
        """The values of placeholders; `read_ahead_in_all` is the number of one process."""
        values = self.numbers
        if self.read_ahead is not None:
            values["read_ahead_in_all"] = self.read_ahead * (self.concurrency or 1)
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The table `[worker]`; where words can be None, None means that the worker has no such mode."""

    command: Words
    """The words of the command that are the same in every mode."""
    ready: str | None
    """The text that the worker prints when it begins to look for tasks; None: a task that it runs tells."""
    stop_signal: Signals
    """The signal after which the worker finishes its task, or hands it back, and ends."""
    poll_interval: float | None
    """The seconds that an idle worker sleeps at most before it looks again; None: the backend wakes it."""
    until_stopped: Words
    """The words that make the worker run until it is stopped."""
    drain: Words | None
    """The words that make the worker end when no task is left."""
    count: Words | None
    """The words, added to `until_stopped`, that make the worker end after `{tasks}` tasks."""
    all_queues: Words | None
    """The words that make the worker serve every queue; None: it has no such words."""
    queues: Words | None
    """The words that make the worker serve some queues only."""
    serves: Words | None
    """The queues that the worker can serve; None: all that its words name."""
    concurrency: Words | None
    """The words for the number of tasks at once. None: a process runs one task, so more processes are started."""
    processes: Words | None
    """The words for the number of processes that the command starts. None: it is one process."""
    read_ahead: Words | None
    """The words for the number of tasks that a process takes in advance."""
    shape_settings: Mapping[str, str]
    """The settings for these three numbers, by key, where no words but settings say them."""
    alias: Words | None
    """The words that make the worker serve another alias than `default`. None: it serves every alias."""

    @classmethod
    def read(cls, table: Table) -> Self:
        """Read `[worker]`; raise DescriptorError."""
        shape = {key: table.take_words_or_text(key, check=_knows(*SHAPE[key])) for key in SHAPE}
        words = {key: None if isinstance(value, str) else value for key, value in shape.items()}
        worker = cls(
            command=table.filled("command", table.take_texts("command", check=_knows("python", "worker"))),
            ready=_filled(table, "ready", table.take("ready", str, default=None)),
            stop_signal=Signals[table.take_choice("stop_signal", STOP_SIGNALS, default=STOP_SIGNALS[0])],
            poll_interval=table.take_positive("poll_interval", default=None),
            until_stopped=table.take_texts("until_stopped", check=_knows(), default=()),
            drain=table.take_texts("drain", check=_knows(), default=None),
            count=table.take_texts("count", check=_knows("tasks"), default=None),
            all_queues=table.take_texts("all_queues", check=_knows("one_queue"), default=None),
            queues=table.take_texts("queues", check=_knows("queues", "queue", "each_queue", "one_queue"), default=None),
            serves=_filled(table, "serves", table.take_texts("serves", default=None)),
            concurrency=words["concurrency"],
            processes=words["processes"],
            read_ahead=words["read_ahead"],
            shape_settings={key: value for key, value in shape.items() if isinstance(value, str)},
            alias=table.take_texts("alias", check=_knows("alias"), default=None),
        )
        table.check_all_taken()
        for key, text in worker.shape_settings.items():
            _check_python(fill_in(text, _PLACEHOLDERS, table.place(key)), table.place(key))
        return worker

    @property
    def serves_one_queue(self) -> bool:
        """True if a process serves one queue, so that every queue needs a process of its own."""
        return any("{one_queue}" in word for word in self._words_for_all())

    @property
    def names_queues(self) -> bool:
        """True if the descriptor says which queues the worker serves."""
        return not (self.all_queues is None and self.queues is None and self.serves is None)

    def _words_for_all(self) -> Words:
        if self.all_queues is not None:
            return self.all_queues
        return self.queues if self.queues and any("{one_queue}" in word for word in self.queues) else ()

    def words(
        self,
        *,
        queues: Sequence[str] | None = None,
        row: Row | None = None,
        shape: Shape | None = None,
        concurrency: int = 1,
        drain: bool = False,
        tasks: int | None = None,
        alias: str | None = None,
        python: str = sys.executable,
    ) -> list[str] | None:
        """Return the command of one process, or None if the worker has no such mode.

        `row` and `shape` are for measurements: the command then says only what these say of processes, tasks at once
        and tasks in advance. Without them, it is one process, which runs `concurrency` tasks at once.

        `queues`: serve only these, else all, or the queue `default` if a process serves one queue; `drain`: end when no
        task is left; `tasks`: end after so many tasks. Without these, the worker runs until it is stopped.
        """
        parts = [
            _fill((row and row.command) or self.command, python=python, worker=f"worker-{secrets.token_hex(4)}"),
            row.worker if row else (),
            _fill(self.drain) if drain else self.until_stopped,
            () if tasks is None else _fill(self.count, tasks=tasks),
            self._shape_words(Shape(processes=1, concurrency=concurrency) if row is None else shape or Shape(), row),
            () if self.alias is None or alias is None else _fill(self.alias, alias=alias),
            self._queue_words(queues),
        ]
        words: list[str] = []
        for part in parts:
            if part is None:
                return None
            words += part
        return words

    def _shape_words(self, shape: Shape, row: Row | None) -> Words | None:
        """Return the words for a shape, or None if neither words nor, for a row, settings can say it."""
        words: Words = ()
        for key, value in shape.numbers.items():
            own: Words | None = getattr(self, key)
            if own is not None:
                words += _fill(own, **shape.values) or ()
            elif value > 1 and (row is None or key not in self.shape_settings):
                return None
        return words

    def settings(self, shape: Shape) -> str:
        """Return the settings that a shape needs; empty if words say it, or if the shape is the row's own."""
        lines = [
            fill_in(text, {name: str(value) for name, value in shape.values.items()}, f"key worker.{key}")
            for key, text in self.shape_settings.items()
            if key in shape.numbers
        ]
        return "\n".join(lines)

    def _queue_words(self, queues: Sequence[str] | None) -> Words | None:
        if queues is None:
            return _fill(self._words_for_all(), one_queue=DEFAULT_QUEUE)
        own = self.all_queues if self.queues is None and self.serves_one_queue else self.queues
        return _fill_queues(own, queues)


def _check_python(text: str, place: str) -> None:
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise DescriptorNotReadable(f"{place}: line {error.lineno} is no Python: {error.msg}") from error


def _filled[Value: Sized](table: Table, key: str, value: Value | None) -> Value | None:
    return None if value is None else table.filled(key, value)


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
