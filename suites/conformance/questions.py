"""The questions on which a backend's behaviour is recorded and never judged, read from `questions.toml`."""

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
    """What the documentation says of it, or DEP 14 where that is named."""
    source: str = ""
    """What Django's own code does; empty where it does not say."""


def load_questions() -> dict[str, Question]:
    """Return all questions by id, the open ones first. Raises RequirementsBroken."""
    return read_tables(FILE, "question", Question)
