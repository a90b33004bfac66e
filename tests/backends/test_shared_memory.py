"""A PostgreSQL server of ours leaves no shared memory behind, however it or its owner ends."""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from owning import check_gone, end, own

from taskgauge.backends.services import Service, started, unavailable
from taskgauge.backends.services.postgresql import PostgreSQL
from taskgauge.backends.services.server import Server
from taskgauge.backends.services.shared_memory import remove_segment

_SYSTEM_V = Path("/proc/sysvipc/shm")
_POSIX = Path("/dev/shm")  # noqa: S108 -- where the kernel keeps it

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not _SYSTEM_V.exists(), reason="this system does not list shared memory"),
]


def system_v(pids: set[int]) -> set[str]:
    """The ids of the segments that these processes made."""
    rows = [line.split() for line in _SYSTEM_V.read_text(encoding="utf-8").splitlines()]
    at = {name: number for number, name in enumerate(rows[0])}
    return {row[at["shmid"]] for row in rows[1:] if int(row[at["cpid"]]) in pids}


def posix(pids: set[int]) -> set[str]:
    """The files of shared memory that these processes have open as memory."""
    found = set()
    for pid in pids:
        with contextlib.suppress(OSError):  # some are there for a moment only
            lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace").splitlines()
            found |= {line.split(maxsplit=5)[5] for line in lines if f" {_POSIX}/" in line}
    return found


class Watched:
    """What the processes of a server have of shared memory, taken note of while they live."""

    def __init__(self) -> None:
        self.pids: set[int] = set()
        self.files: set[str] = set()

    def look(self, pid: int | None) -> None:
        """Take note of a server and its processes."""
        assert pid is not None
        now = {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
        self.pids |= now
        self.files |= posix(now)
        assert system_v(now), "a server that lives has a segment: this test looks in the wrong place"

    def left(self) -> set[str]:
        """What is still there."""
        return system_v(self.pids) | {name for name in self.files if Path(name).exists()}


@pytest.fixture(autouse=True)
def _needs_postgresql() -> None:
    if reason := unavailable("postgresql"):
        pytest.skip(reason)
    if PostgreSQL.variable in os.environ:
        pytest.skip("a server that was given is not ours")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Whatever is entered here is left at the latest with the test."""
    with ExitStack() as one:
        yield one


def start(stack: ExitStack, folder: Path) -> tuple[Service, Server]:
    """Start a server of ours."""
    service = stack.enter_context(started(["postgresql"], folder))["postgresql"]
    assert service._server is not None
    return service, service._server


@pytest.mark.parametrize("way", ["end", "stop", "kill", "kill and start"])
def test_nothing_stays(way: str, tmp_path: Path, stack: ExitStack) -> None:
    """After an end in order, and after a crash with or without a new start, no segment of either kind is left."""
    service, server = start(stack, tmp_path)
    watched = Watched()
    watched.look(server.pid)
    if way == "stop":
        service.stop()
    if "kill" in way:
        service.kill()
    if "start" in way:
        service.start()
        service.check()
        watched.look(server.pid)

    stack.close()

    assert not watched.left()


@pytest.mark.parametrize("way", ["return", "SIGKILL"])
def test_nothing_stays_of_an_owner(way: str, tmp_path: Path, until: Callable[..., None]) -> None:
    """The same holds where the process that started it ends, and where that is killed."""
    owner, told = own(tmp_path, "postgresql")
    watched = Watched()
    [server] = [pid for pid in told["processes"] if is_postmaster(pid)]
    watched.look(server)

    end(owner, way)

    check_gone(told, until)
    until(lambda: not watched.left())


def is_postmaster(pid: int) -> bool:
    """Whether it is the first of a server's processes."""
    with contextlib.suppress(psutil.NoSuchProcess):  # some are there for a moment only
        return (
            psutil.Process(pid).name() == "postgres" and psutil.Process(psutil.Process(pid).ppid()).name() != "postgres"
        )
    return False


def test_temporary_memory_is_in_the_data_folder(tmp_path: Path, stack: ExitStack) -> None:
    """What queries share lies where the data lies, and goes with it."""
    _, server = start(stack, tmp_path)

    assert list((server.folder / "data" / "pg_dynshmem").iterdir())


@pytest.mark.parametrize("text", ["", "1\n", "1\n2\n3\n4\n5\n6\nnone at-all\n", "1\n2\n3\n4\n5\n6\n1\n"])
def test_nothing_to_remove(text: str, tmp_path: Path) -> None:
    """A file that names no segment, or none at all, is no error."""
    remove_segment(tmp_path)
    (tmp_path / "postmaster.pid").write_text(text, encoding="utf-8")
    remove_segment(tmp_path)
