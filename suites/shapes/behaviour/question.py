"""The question about a shape, its answer, and the requirement that the shape may break."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import django

from taskgauge.suites.shapes.variants import Variant

type Word = Literal["yes", "no", "N/A"]

PICKLABLE = django.VERSION >= (6, 1)
"""True if the installed Django can pickle a Task."""

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One cell of the table: the answer, the requirements that the shape breaks, and one line of detail."""

    answer: Word
    breaks: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A requirement of Django's documentation or base classes; `check(variant)` raises if the variant breaks it."""

    id: str
    check: Callable[[Variant], None]
    needs_pickled_task: bool = False

    @property
    def applies(self) -> bool:
        """True if the installed Django has this requirement."""
        return PICKLABLE or not self.needs_pickled_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A yes-or-no question by name; `ask(variant)` returns the answer after a trial."""

    id: str
    text: str
    ask: Callable[[Variant], Answer]
    requirement: Requirement | None = None

    def answer(self, variant: Variant) -> Answer:
        """Return the variant's answer, with the question's requirement if the shape breaks it."""
        try:
            answer = self.ask(variant)
        except Exception as error:  # a user's own shape may lack something that the question needs
            answer = no(error)
        requirement = self.requirement
        if requirement is None or not requirement.applies:
            return answer
        try:
            requirement.check(variant)
        except Exception as error:
            # A "no" has its reason already; a "yes" that breaks the requirement has none.
            details = [answer.detail] if answer.answer == "no" and answer.detail else [answer.detail, first_line(error)]
            return Answer(answer=answer.answer, breaks=(requirement.id,), detail="; ".join(filter(None, details)))
        return answer


class Unexpected(Exception):
    """The trial raised nothing, but its outcome is wrong."""


def yes(detail: str = "") -> Answer:
    """Return the answer yes."""
    return Answer(answer="yes", detail=detail)


def no(detail: object = "") -> Answer:
    """Return the answer no; an exception is shown by its first line."""
    return Answer(answer="no", detail=first_line(detail) if isinstance(detail, BaseException) else str(detail))


def not_applicable(detail: str) -> Answer:
    """Return the answer N/A, with the reason."""
    return Answer(answer="N/A", detail=detail)


def works(action: Callable[[], object]) -> Answer:
    """Return yes if the action raises nothing, with its text if it returns one; else no, with the exception."""
    try:
        seen = action()
    except Exception as error:
        return no(error)
    return yes(seen if isinstance(seen, str) else "")


def refused(action: Callable[[], object]) -> Answer:
    """Return yes, with the exception, if the action raises; else no."""
    try:
        action()
    except Exception as error:
        return yes(first_line(error))
    return no()


def first_line(error: BaseException) -> str:
    """Return an exception's type and the first line of its text, without addresses, which differ between processes."""
    text = str(error).strip().partition("\n")[0]
    line = text if isinstance(error, Unexpected) else f"{type(error).__name__}: {text}".removesuffix(": ")
    return _ADDRESS.sub("", line)[:_LONGEST]


def expect(held: bool, otherwise: str) -> None:
    """Raise Unexpected with the text `otherwise` if not `held`."""
    if not held:
        raise Unexpected(otherwise)
