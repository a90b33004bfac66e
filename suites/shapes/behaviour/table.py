"""The behaviour table of a run: asked question by question, and on disk after each."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from taskgauge.suites.shapes.behaviour.question import Answer, Question

FORMAT = 1


@dataclass(slots=True, kw_only=True)
class Table:
    """The rows so far; `path` is `behaviour.json`, always whole, so that an interrupted run keeps it."""

    path: Path
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, question: Question, arm: str, answer: Answer) -> None:
        """Add one cell."""
        self.rows.append({"id": question.id, "question": question.text, "arm": arm, **asdict(answer)})

    def write(self) -> None:
        """Write all rows."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps({"format": FORMAT, "rows": self.rows}, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(self.path)
