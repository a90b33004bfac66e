"""Open questions on workers: the recorded answers of backends differ where the backends do."""

import pytest

from mutants.runs import Runner

ENDED = "ended_otherwise"
BACK = "worker_comes_back"
TWICE, EXITS = ("OQ-35", "SIGTERM twice"), ("OQ-36", "its process ends with code 0")
OTHERS_RESULT = ("OQ-37", "the result of the other worker")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "twice", "exits"),
    [
        ("durable", "SUCCESSFUL, executed 1 times", "SUCCESSFUL, executed 2 times"),
        ("DiesOfSignals", "SUCCESSFUL, executed 2 times", "SUCCESSFUL, executed 2 times"),
        ("HoldsForEver", "SUCCESSFUL, executed 1 times", "RUNNING, executed 1 times"),
    ],
)
def test_ends_of_workers(runner: Runner, backend: str, twice: str, exits: str) -> None:
    """A worker that finishes its task, one that dies at once, and one whose task is never run again."""
    answers = runner.answers(backend, ENDED)

    assert (twice, exits) == (answers[TWICE], answers[EXITS]), answers
    assert {"SIGQUIT", "SIGHUP", "SIGTERM to its process group", "SIGINT to its process group"} <= {
        aspect for question, aspect in answers if question == "OQ-35"
    }


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "result"), [("durable", "kept"), ("OverwritesAnEnd", "changed")])
def test_workers_that_come_back(runner: Runner, backend: str, result: str) -> None:
    """The result of another worker is kept, or overwritten."""
    answers = runner.answers(backend, BACK)

    assert result == answers[OTHERS_RESULT], answers
    assert "started 2 times, ended 2 times" == answers["OQ-37", "executions"]
