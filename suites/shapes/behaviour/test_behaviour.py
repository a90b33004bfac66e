"""Behaviour: one item is one question, answered by every arm."""

from pathlib import Path

import pytest

from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.behaviour.question import Question
from taskgauge.suites.shapes.behaviour.questions import QUESTIONS
from taskgauge.suites.shapes.behaviour.table import Table
from taskgauge.suites.shapes.variants import ARMS, load


@pytest.fixture(scope="module")
def table(run_folder: Path) -> Table:
    """The rows of this run."""
    return Table(path=run_folder / "behaviour" / "behaviour.json")


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(question, id=question.id, marks=pytest.mark.measures(question.id, question.text))
        for question in QUESTIONS
    ],
)
def test_behaviour(question: Question, options: Options, table: Table, progress: Progress) -> None:
    """Each arm answers yes, no or N/A; a shape that breaks a requirement is a finding and no failure."""
    arms = options.arms or ARMS
    for number, arm in enumerate(arms, 1):
        table.add(question, arm, question.answer(load(arm)))
        progress.step(number, len(arms), arm)
    table.write()
