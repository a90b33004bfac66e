"""A longer way to servers: whatever is sent takes a while in both directions, as between two machines."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

from taskgauge.backends.services.errors import ServiceNotOurs
from taskgauge.backends.services.ports import LOOPBACK, free_port
from taskgauge.backends.services.starting import Services

_SECURE = ("amqps", "rediss", "valkeys")
"""Schemes whose certificates are for the server's own name."""
_CHUNK = 65_536


@contextmanager
def distant(services: Services, seconds: float) -> Iterator[dict[str, str]]:
    """Give placeholders by which the same stores are found at a distance, for as long as the context lasts.

    `seconds` is how long each direction takes. A store that is no server stays where it is; there are none of these
    placeholders where nothing is at a distance. Raises ServiceNotOurs where the way to a server cannot be lengthened,
    and PortTaken.
    """
    values = services.placeholders
    with ExitStack() as stack:
        found: dict[str, str] = {}
        for kind in [service.kind for service in services if f"{service.kind}_host" in values]:
            if urlsplit(values[kind]).scheme in _SECURE:
                raise ServiceNotOurs(f"{services[kind].variable}: the way to a server with TLS cannot be lengthened")
            place = (values[f"{kind}_host"], int(values[f"{kind}_port"]))
            port = stack.enter_context(_way(place, seconds))
            found |= {kind: _led(values[kind], port), f"{kind}_host": LOOPBACK, f"{kind}_port": str(port)}
        yield values | found if found else {}


def _led(url: str, port: int) -> str:
    """Return the URL with a loopback port in its server's place."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}{at}{LOOPBACK}:{port}"))


@contextmanager
def _way(place: tuple[str, int], seconds: float) -> Iterator[int]:
    """Give a loopback port that leads to a place."""
    port = free_port()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()
    listening = socket.create_server((LOOPBACK, port))
    # In a thread, since those who use the way wait for answers.
    thread = Thread(target=lambda: asyncio.run(_lead(listening, place, seconds, over), loop_factory=lambda: loop))
    thread.start()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


async def _lead(listening: socket.socket, place: tuple[str, int], seconds: float, over: asyncio.Event) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            its_reader, its_writer = await asyncio.open_connection(*place)
            ends.append(its_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(_carry(reader, its_writer, seconds))
                group.create_task(_carry(its_reader, writer, seconds))
        except OSError:
            writer.close()
        except asyncio.CancelledError:
            # Or else whoever is still connected would wait for ever.
            for end in ends:
                end.transport.abort()
            raise

    server = await asyncio.start_server(connected, sock=listening)
    await over.wait()
    server.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Carry what comes, each piece as long as the next, so that a longer way makes no narrower one."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            moment, piece = await under_way.get()
            await asyncio.sleep(moment - loop.time())
            if not piece:
                writer.close()
                return
            writer.write(piece)

    async with asyncio.TaskGroup() as group:
        group.create_task(arrive())
        piece = b"more"
        while piece:
            try:
                piece = await reader.read(_CHUNK)
            except OSError:
                piece = b""
            under_way.put_nowait((loop.time() + seconds, piece))
