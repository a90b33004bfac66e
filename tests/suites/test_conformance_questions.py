"""What is recorded for open questions on real workers: each backend is asked one and gives its own answer."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from commanding import DURABLE, Said, describe_durable, run, write

from taskgauge.backends.services import unavailable

pytestmark = [pytest.mark.services, pytest.mark.slow]

WORKER = """
    [[prepare]]
    command = ["{{python}}", "-m", "mutants.durable", "prepare"]
    [worker]
    command = ["{{python}}", "-m", "troubled_worker", "{trouble}", "work"]
    ready = "ready"
"""


def answers(said: Said, target: str, question: str) -> Mapping[str, str]:
    """Return the answers to a question, by aspect; no requirement is judged beside it."""
    document = said.document(target)
    assert (0, "finished") == (said.code, document["state"]), said.out + said.error
    return {answer["aspect"]: answer["answer"] for answer in document["open_questions"] if answer["id"] == question}


@pytest.mark.parametrize(("backend", "end"), [("Durable", "no end within 9 s"), ("HearsNothing", "SUCCESSFUL")])
def test_children(backend: str, end: str, tmp_path: Path) -> None:
    """A worker whose handler of SIGTERM is inherited waits for ever for a busy child that it ended."""
    target = describe_durable(tmp_path, "durable", backend=backend)

    said = run(target, "-k", "tasks_that_start_processes", folder=tmp_path)

    assert answers(said, "durable@sqlite", "OQ-31") == {
        "a task that forks": "SUCCESSFUL",
        "a task that closes a pool with a busy child": end,
        "a task that ends a child with SIGTERM": end,
    }


def test_children_of_reference_process(tmp_path: Path) -> None:
    """Its forked children react to SIGTERM as usual, so that a task that ends them goes on."""
    said = run("reference-process", "-k", "tasks_that_start_processes", folder=tmp_path)

    assert {*answers(said, "reference-process", "OQ-31").values()} == {"SUCCESSFUL"}


def test_a_transaction_that_is_left(tmp_path: Path) -> None:
    """A task that leaves an atomic block open does not keep the honest backend's next task from its end."""
    target = describe_durable(tmp_path, "durable", backend="Durable")

    said = run(target, "-k", "leaves_for_the_next", folder=tmp_path)

    assert answers(said, "durable@sqlite", "OQ-24")["transaction"] == "clean"


@pytest.mark.parametrize(
    ("backend", "second", "default"),
    [
        ("Durable", "first come, first served", "first come, first served"),
        ("DefaultFirst", "after the whole long queue", "before the long queue"),
    ],
)
def test_starvation(backend: str, second: str, default: str, tmp_path: Path) -> None:
    """A worker that empties one queue first keeps the other waiting."""
    target = describe_durable(tmp_path, "durable", backend=backend)

    said = run(target, "-k", "keeps_another_waiting", folder=tmp_path)

    assert answers(said, "durable@sqlite", "OQ-32") == {
        "5 tasks of `second` among 80 of `default`": second,
        "5 tasks of `default` among 80 of `second`": default,
    }


def test_expiry(tmp_path: Path) -> None:
    """What Redis would let expire in an hour is gone before a worker comes, and the task is dropped."""
    if reason := unavailable("redis"):
        pytest.skip(reason)
    path = "troubled_backends.ExpiresInRedis"
    settings = (DURABLE / "settings_sqlite.py").read_text().replace("mutants.durable.Durable", path)
    settings += 'TASKS["default"]["OPTIONS"] = {"URL": "{redis}"}\n'
    lines = {"name": "mortal", "backend": path, "stores": ["sqlite+redis"]}
    files = {"settings_sqlite_redis.py": settings}
    target = write(tmp_path / "mortal", lines, WORKER.format(trouble="works"), files)

    said = run(target, "-k", "whose_data_expires", folder=tmp_path)

    assert answers(said, "mortal@sqlite+redis", "OQ-33") == {
        "data of a task that is deferred by 60 days": "expires after 3600 s",
        "a look-up of that task before it is due": "READY",
        "data of a task that waits for a worker": "expires after 3600 s",
        "a worker after that": "does not run the task",
    }


def test_concurrency(tmp_path: Path) -> None:
    """A worker of four processes runs four tasks at once, and its connections are counted."""
    path = "mutants.durable.Durable"
    lines = {"name": "several", "backend": path, "stores": ["sqlite"]}
    toml = WORKER.format(trouble="is-several") + '    concurrency = ["{concurrency}"]\n'
    files = {"settings.py": (DURABLE / "settings_sqlite.py").read_text()}
    target = write(tmp_path / "several", lines, toml, files)

    said = run(target, "-k", "several_tasks_at_once", folder=tmp_path)

    seen = answers(said, "several@sqlite", "OQ-34")
    assert seen.pop("tasks at once, of 4") == "4"
    for value in seen.values():
        first, second = map(int, value.split(", "))
        assert 0 < first
        assert 0 < second
    assert list(seen) == ["connections after 4 tasks, and 200 more", "MiB of memory after 4 tasks, and 200 more"]
