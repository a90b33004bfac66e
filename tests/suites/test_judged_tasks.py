"""The conformance command on backends that do as they like where the documentation leaves it open."""

from pathlib import Path

import pytest
from commanding import describe, run

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
