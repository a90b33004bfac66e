"""What is asked of a shape, what comes back, and the requirement that the answer may break."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import django

from taskgauge.suites.shapes.variants import Variant

type Word = Literal["yes", "no", "N/A"]

PICKLABLE = django.VERSION >= (6, 1)
"""Whether the installed Django can pickle a Task at all."""

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One cell: a word, the requirements that the shape breaks, and what was seen (one line)."""

    answer: Word
    breaks: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that Django's documentation or base classes ask: `check(variant)` raises whatever shows it broken."""

    id: str
    check: Callable[[Variant], None]
    needs_pickled_task: bool = False

    @property
    def applies(self) -> bool:
        """Whether the installed Django asks for it."""
        return PICKLABLE or not self.needs_pickled_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A yes-or-no question by name; `ask(variant)` finds the answer by trying."""

    id: str
    text: str
    ask: Callable[[Variant], Answer]
    requirement: Requirement | None = None

    def answer(self, variant: Variant) -> Answer:
        """Return the variant's answer, with the requirement it breaks, if there is one and the shape breaks it."""
        try:
            found = self.ask(variant)
        except Exception as error:  # a shape that somebody brings may lack whatever the question needs
            found = no(error)
        requirement = self.requirement
        if requirement is None or not requirement.applies:
            return found
        try:
            requirement.check(variant)
        except Exception as error:
            # A "no" has said why; a "yes" that is not good enough has not.
            said = [found.detail] if found.answer == "no" and found.detail else [found.detail, first_line(error)]
            return Answer(answer=found.answer, breaks=(requirement.id,), detail="; ".join(filter(None, said)))
        return found


class Unexpected(Exception):
    """What was tried went through, but what came out is not what was asked for."""


def yes(detail: str = "") -> Answer:
    """Return that it is so."""
    return Answer(answer="yes", detail=detail)


def no(detail: object = "") -> Answer:
    """Return that it is not so; an exception is shown by its first line."""
    return Answer(answer="no", detail=first_line(detail) if isinstance(detail, BaseException) else str(detail))


def not_applicable(detail: str) -> Answer:
    """Return that the question does not arise here, and why."""
    return Answer(answer="N/A", detail=detail)


def works(action: Callable[[], object]) -> Answer:
    """Return yes if the action raises nothing (with its text, if it returns one), else no and what it raised."""
    try:
        seen = action()
    except Exception as error:
        return no(error)
    return yes(seen if isinstance(seen, str) else "")


def refused(action: Callable[[], object]) -> Answer:
    """Return yes, and the exception, if the action raises; else no."""
    try:
        action()
    except Exception as error:
        return yes(first_line(error))
    return no()


def first_line(error: BaseException) -> str:
    """Return an exception's type and the first line of its text: the same in each process."""
    text = str(error).strip().partition("\n")[0]
    line = text if isinstance(error, Unexpected) else f"{type(error).__name__}: {text}".removesuffix(": ")
    return _ADDRESS.sub("", line)[:_LONGEST]


def expect(held: bool, otherwise: str) -> None:
    """Raise Unexpected unless it held."""
    if not held:
        raise Unexpected(otherwise)
