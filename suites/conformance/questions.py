"""Reads `questions.toml`: the questions on which a backend's behaviour is recorded without a verdict."""

from dataclasses import dataclass
from pathlib import Path

from taskgauge.suites.conformance.requirements import read_tables

FILE = Path(__file__).with_name("questions.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An open question (OQ-01 …), or a point on which documentation, source and DEP 14 disagree (DIS-01 …)."""

    id: str
    text: str
    documentation: str
    """The answer of the documentation, or of DEP 14 if the text names it."""
    source: str = ""
    """The behaviour of Django's own code; empty if the code does not decide."""


def load_questions() -> dict[str, Question]:
    """Return all questions by id, the open ones first. Raises RequirementsBroken."""
    return read_tables(FILE, "question", Question)
