"""The conformance command on stores in trouble: it is not the backend that is blamed, and nothing is left behind."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from commanding import Said, describe, describe_durable, finish, left_in, run, start, wait_for

from taskgauge.backends.services import Services, started, unavailable

pytestmark = [pytest.mark.services, pytest.mark.slow]

WRONG = "of course not"


def needs(*kinds: str) -> None:
    """Skip where there is no such store."""
    for kind in kinds:
        if reason := unavailable(kind):
            pytest.skip(reason)


def reason_of(said: Said, target: str) -> str:
    """Return why a target was not judged; its one line and the last one say so, too."""
    reason: str = said.document(target)["reason"]
    assert "failed" == said.document(target)["state"]
    assert f"not judged: {reason}" == said.line(target)
    assert reason in said.last
    return reason


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """A run of backends that lose their stores in the middle, and of one that does not."""
    needs("postgresql", "redis")
    folder = tmp_path_factory.mktemp("lost")
    options = '{"URL": "{redis}"}'
    targets = [
        describe_durable(folder, "dead", backend="KillsPostgreSQL", store="postgresql"),
        describe(folder, "killed", "troubled_backends.KillsRedis", options=options, stores=["redis"]),
        describe(folder, "filled", "troubled_backends.FillsRedis", options=options, stores=["redis"]),
        describe(folder, "kept", "troubled_backends.InRedis", options=options, stores=["redis"]),
    ]
    return run(*targets, "--requirement", "ENQ-03", "--jobs", "2", folder=folder)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("dead@postgresql", "postgres ended with code -9: "),
        ("killed@redis", "redis-server ended with code -9: "),
        ("filled@redis", "does not answer as it should: command not allowed when used memory > 'maxmemory'"),
    ],
)
def test_lost(lost: Said, target: str, words: str) -> None:
    """A store that dies or is full is why its target is not judged, and the test in which it was seen is named."""
    reason = reason_of(lost, target)
    assert words in reason
    assert "(seen in test_enqueueing.py::test_ids: " in reason
    assert 4 == lost.code


def test_others_go_on(lost: Said) -> None:
    """They are judged."""
    assert {"ENQ-03": "PASS"} == lost.verdicts("kept@redis")


def test_full_database(tmp_path: Path) -> None:
    """A database that its own settings keep small is the target's own affair: what it does not keep is broken."""
    target = describe_durable(tmp_path, "small", backend="FillsSQLite")

    said = run(target, "reference-memory", "--requirement", "ENQ-03", folder=tmp_path)

    assert (1, "taskgauge: small@sqlite breaks 1 MUST: FAIL ENQ-03.") == (said.code, said.last)
    assert "OperationalError: database or disk is full" == said.document("small@sqlite")["requirements"][0]["reason"]
    assert {"ENQ-03": "PASS"} == said.verdicts("reference-memory")


def small(folder: Path, size: str) -> list[str]:
    """Return what a command begins with for which a folder is a file system of this size."""
    folder.mkdir()
    words = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size={size} none {folder} && exec "$@"', "sh"]
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    return words


def test_full_run_folder(tmp_path: Path) -> None:
    """Where the run folder has no room, one line says so."""
    alone = small(tmp_path / "run", "16k")

    said = run("reference-memory", "--requirement", "ENQ-01", folder=tmp_path, within=alone)

    assert (4, "taskgauge: nothing more can be written: No space left on device") == (said.code, said.last)


def test_full_disk(tmp_path: Path) -> None:
    """No backend is blamed for a disk that has no room."""
    alone = small(tmp_path / "temporary", "16m")
    target = describe_durable(tmp_path, "full", backend="FillsTheDisk")

    said = run(target, "reference-memory", "--requirement", "ENQ-03", folder=tmp_path, within=alone)

    assert reason_of(said, "full@sqlite").startswith("there is no room left in ")
    assert 4 == said.code
    assert {"ENQ-03": "PASS"} == said.verdicts("reference-memory")


# Servers that are given


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A server of each kind."""
    needs("postgresql", "redis")
    with started(["postgresql", "redis"], tmp_path_factory.mktemp("servers")) as services:
        yield services


def test_wrong_password(servers: Services, tmp_path: Path) -> None:
    """A server that lets nobody in is named, and no password is."""
    values = servers.placeholders
    given = {
        servers[kind].variable: values[kind].replace(values[f"{kind}_password"], WRONG)
        for kind in ("postgresql", "redis")
    }
    targets = [
        describe_durable(tmp_path, "durable", store="postgresql"),
        describe(tmp_path, "kept", "troubled_backends.InRedis", options='{"URL": "{redis}"}', stores=["redis"]),
    ]

    said = run(*targets, "reference-memory", "--requirement", "ENQ-03", folder=tmp_path, **given)

    place = f"TASKGAUGE_POSTGRESQL_URL ({values['postgresql_host']}:{values['postgresql_port']})"
    assert reason_of(said, "durable@postgresql").startswith(f"{place} refuses the request: ")
    assert "password authentication failed" in reason_of(said, "durable@postgresql")
    assert reason_of(said, "kept@redis").startswith("TASKGAUGE_REDIS_URL (")
    assert "WRONGPASS" in reason_of(said, "kept@redis") or "invalid username-password" in reason_of(said, "kept@redis")
    assert WRONG not in said.out + said.error
    assert 4 == said.code
    assert {"ENQ-03": "PASS"} == said.verdicts("reference-memory")


def test_taken_port(tmp_path: Path) -> None:
    """So is one where something else listens, which says nothing."""
    needs("redis")
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        target = describe(tmp_path, "kept", "troubled_backends.InRedis", options='{"URL": "{redis}"}', stores=["redis"])

        said = run(target, "--requirement", "ENQ-03", folder=tmp_path, TASKGAUGE_REDIS_URL=f"redis://{place}/0")

    assert f"TASKGAUGE_REDIS_URL ({place}) does not answer as it should: " in reason_of(said, "kept@redis")
    assert 4 == said.code


# Processes


def test_killed(servers: Services, tmp_path: Path) -> None:
    """Where a target's pytest is killed, the database that it had made on a server goes too, and others go on."""
    values = servers.placeholders
    given = {"TASKGAUGE_POSTGRESQL_URL": values["postgresql"]}
    target = describe_durable(tmp_path, "durable", store="postgresql")
    process = start(target, "reference-memory", "--requirement", "ENQ-02", folder=tmp_path, **given)
    wait_for(lambda: list(tmp_path.glob("run/log/*/worker-2.txt")))
    assert len(databases(servers)) > 1

    pytest_of(process).kill()

    said = finish(process, tmp_path)
    assert "its pytest died of SIGKILL (out of memory?) in test_arguments_reach_the_function" == reason_of(
        said, "durable@postgresql"
    )
    assert ["taskgauge"] == databases(servers)
    assert {"ENQ-02": "PASS"} == said.verdicts("reference-memory")
    assert 4 == said.code


def databases(servers: Services) -> list[str]:
    """Return those of a server that someone made."""
    import psycopg  # noqa: PLC0415 -- not everywhere

    with psycopg.connect(servers.placeholders["postgresql"]) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'taskgauge%'").fetchall()
    return sorted(name for (name,) in rows)


@pytest.mark.parametrize("whom", ["the target's pytest", "the command"])
def test_killed_with_its_server(whom: str, tmp_path: Path) -> None:
    """A server of ours goes with the pytest that started it, and that with the command, folders included."""
    needs("postgresql")
    target = describe_durable(tmp_path, "durable", store="postgresql")
    process = start(target, "--requirement", "ENQ-02", folder=tmp_path)
    wait_for(lambda: list(tmp_path.glob("run/log/*/worker-2.txt")))
    # A process that the server has just forked looks like the server itself.
    [words, *_] = [
        one.info["cmdline"]
        for one in left_in(tmp_path)
        if one.info["name"] == "postgres" and "-D" in one.info["cmdline"]
    ]
    data = Path(words[words.index("-D") + 1])
    assert data.exists()

    if whom == "the command":
        process.kill()
        process.communicate()
    else:
        pytest_of(process).kill()
        assert 4 == finish(process, tmp_path).code

    wait_for(lambda: not left_in(tmp_path))
    assert [] == list((tmp_path / "temporary").iterdir())
    assert not data.parent.exists()


def pytest_of(command: subprocess.Popen[str]) -> psutil.Process:
    """Return the pytest that it started."""
    [found] = [one for one in psutil.Process(command.pid).children() if "pytest" in one.cmdline()]
    return found
