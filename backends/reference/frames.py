"""Reads all messages that are in a worker's pipe at once."""

import os
import struct
from collections.abc import Iterator
from multiprocessing.connection import Connection

_SIZE = struct.Struct("!i")
"""The header of `Connection.send_bytes`: the length of a message below 2 GiB, or -1 for a longer message."""
_CHUNK = 1 << 18


class MessageTooLong(Exception):
    """A worker sent a message of 2 GiB or more."""


def frames(connection: Connection) -> Iterator[bytes]:
    """Yield messages without end; raise EOFError when the other side has closed the pipe, and MessageTooLong.

    `Connection.recv_bytes` releases the interpreter's lock twice for each message. A busy thread, such as a thread that
    enqueues, gives the lock back only after 5 ms, so a worker would be idle while tasks are enqueued.
    """
    buffer = bytearray()
    while True:
        chunk = os.read(connection.fileno(), _CHUNK)
        if not chunk:
            raise EOFError
        buffer += chunk
        position = 0
        while len(buffer) - position >= _SIZE.size:
            (length,) = _SIZE.unpack_from(buffer, position)
            if length < 0:
                raise MessageTooLong("a worker sent 2 GiB or more at once")
            end = position + _SIZE.size + length
            if len(buffer) < end:
                break
            yield bytes(memoryview(buffer)[position + _SIZE.size : end])
            position = end
        del buffer[:position]
