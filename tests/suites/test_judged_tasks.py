"""The conformance command on backends that do as they like where the documentation leaves it open."""

from pathlib import Path

import pytest
from commanding import describe, describe_durable, run

pytestmark = pytest.mark.slow


def test_a_task_that_only_records(tmp_path: Path) -> None:
    """What becomes of the task of an open question fails no MUST, even if the backend ends it in its own way."""
    target = describe(tmp_path, "shop", "troubled_backends.EndsOddTextsTwice", runs="threads", pausable=True)

    said = run(target, "-k", "odd_texts_in_exceptions or every_end_was_signalled", folder=tmp_path)

    assert (0, {"SIG-04": "N/A"}) == (said.code, said.verdicts("shop"))
    answers = {answer["aspect"]: answer["answer"] for answer in said.document("shop")["open_questions"]}
    assert "FAILED" == answers["a lone surrogate in an exception's text"]


def test_a_task_that_is_judged(tmp_path: Path) -> None:
    """The same fault in the task of a requirement does."""
    target = describe(tmp_path, "shop", "troubled_backends.EndsFailuresTwice", runs="threads", pausable=True)

    said = run(target, "-k", "an_exception_fails_the_task or every_end_was_signalled", folder=tmp_path)

    assert {"ERR-01": "PASS", "SIG-04": "FAIL"} == said.verdicts("shop")


@pytest.mark.parametrize(
    ("shipped", "status", "delivery"),
    [
        ("", "FAILED, executed 1 times", "at most once"),
        ('TASKS["default"]["OPTIONS"] = {"attempts": 3}\n', "SUCCESSFUL, executed 2 times", "at least once"),
    ],
)
def test_a_kill_as_shipped(shipped: str, status: str, delivery: str, tmp_path: Path) -> None:
    """Settings that turn retries off for the rows about failing tasks do not decide what a kill does."""
    target = Path(describe_durable(tmp_path, "shop", backend="LosesWithoutRetries"))
    with target.open("a") as file:
        file.write("[bounds]\nrecovery = 10\n")
    if shipped:
        target.with_name("shipped.py").write_text(shipped)

    said = run(str(target), "-k", "whose_worker_is_killed", folder=tmp_path)

    answers = {answer["aspect"]: answer["answer"] for answer in said.document("shop@sqlite")["open_questions"]}
    assert (status, delivery) == (answers["killed in the body, the worker"], answers["delivery"])
    assert {"WRK-05": "PASS"} == said.verdicts("shop@sqlite")
