"""The behaviour suite: one item asks one question of every arm."""

from dataclasses import asdict
from pathlib import Path

import pytest

from taskgauge.reports.run_folder.records import Answer, add_answers
from taskgauge.suites.run_control.options import Options
from taskgauge.suites.run_control.progress import Progress
from taskgauge.suites.shapes.behaviour.question import Question
from taskgauge.suites.shapes.behaviour.questions import QUESTIONS
from taskgauge.suites.shapes.variants import ARMS, load


def predicted_seconds(options: Options, _name: str, **_parameters: object) -> float:
    """Return the approximate seconds of an item; some items use a fresh process."""
    return 0.006 * len(options.arms or ARMS)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(question, id=question.id, marks=pytest.mark.measures(question.id, question.text))
        for question in QUESTIONS
    ],
)
def test_behaviour(question: Question, options: Options, run_folder: Path, progress: Progress) -> None:
    """Record the answer of each arm: yes, no or N/A; a broken requirement is a finding and no failure."""
    arms = options.arms or ARMS
    answers = []
    for number, arm in enumerate(arms, 1):
        cell = asdict(question.answer(load(arm)))
        answers.append(Answer(id=question.id, question=question.text, arm=arm, **cell))
        progress.step(number, len(arms), arm)
    add_answers(run_folder, "behaviour", answers)
