"""Adds network latency to servers: data is delayed in both directions, as between two machines."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit, urlunsplit

from taskgauge.backends.services.errors import ServiceNotOurs
from taskgauge.backends.services.ports import LOOPBACK, free_port
from taskgauge.backends.services.starting import Services

_SECURE = ("amqps", "rediss", "valkeys")
"""The schemes with TLS: a certificate is valid only for the server's own name."""
_CHUNK = 65_536


@dataclass(slots=True)
class Latency:
    """The delay of each direction; it may change while data passes, and holds for data that is sent afterwards."""

    seconds: float


@contextmanager
def distant(services: Services, latency: float | Latency) -> Iterator[dict[str, str]]:
    """Yield the placeholders of the same stores behind a delay, as long as the context lasts.

    `latency` is the delay of each direction, in seconds. A store without a server has no delay. If no store has a
    server, the placeholders are empty. Raises PortTaken, and ServiceNotOurs if a server uses TLS.
    """
    latency = latency if isinstance(latency, Latency) else Latency(seconds=latency)
    values = services.placeholders
    with ExitStack() as stack:
        delayed: dict[str, str] = {}
        for kind in [service.kind for service in services if f"{service.kind}_host" in values]:
            if urlsplit(values[kind]).scheme in _SECURE:
                raise ServiceNotOurs(f"{services[kind].variable}: Taskgauge cannot delay a server with TLS")
            place = (values[f"{kind}_host"], int(values[f"{kind}_port"]))
            port = stack.enter_context(_proxy(place, latency))
            delayed |= {kind: _through_proxy(values[kind], port), f"{kind}_host": LOOPBACK, f"{kind}_port": str(port)}
        yield values | delayed if delayed else {}


def _through_proxy(url: str, port: int) -> str:
    """Return the URL with a loopback port instead of its server."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}{at}{LOOPBACK}:{port}"))


@contextmanager
def _proxy(place: tuple[str, int], latency: Latency) -> Iterator[int]:
    """Yield a loopback port that forwards to a host and port."""
    port = free_port()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    listening = socket.create_server((LOOPBACK, port))
    # In a thread, since the clients of the proxy wait for answers.
    thread = Thread(target=lambda: asyncio.run(_forward(listening, place, latency, stop), loop_factory=lambda: loop))
    thread.start()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


async def _forward(listening: socket.socket, place: tuple[str, int], latency: Latency, stop: asyncio.Event) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            its_reader, its_writer = await asyncio.open_connection(*place)
            ends.append(its_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(_delay(reader, its_writer, latency))
                group.create_task(_delay(its_reader, writer, latency))
        except OSError:
            writer.close()
        except asyncio.CancelledError:
            # Otherwise connected clients would wait for ever.
            for end in ends:
                end.transport.abort()
            raise

    server = await asyncio.start_server(connected, sock=listening)
    await stop.wait()
    server.close()


async def _delay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, latency: Latency) -> None:
    """Forward data with the same delay for each chunk, so that latency does not reduce throughput."""
    loop = asyncio.get_running_loop()
    in_transit: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            moment, piece = await in_transit.get()
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
            in_transit.put_nowait((loop.time() + latency.seconds, piece))
