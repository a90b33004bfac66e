"""Reads from a worker's pipe all messages that have come, at one go."""

import os
import struct
from collections.abc import Iterator
from multiprocessing.connection import Connection

_SIZE = struct.Struct("!i")
"""What `Connection.send_bytes` sends ahead of a message of less than 2 GiB: its length; -1 ahead of longer ones."""
_CHUNK = 1 << 18


class MessageTooLong(Exception):
    """A message of 2 GiB or more; no task's result should be."""


def frames(connection: Connection) -> Iterator[bytes]:
    """Yield messages, without end; raise EOFError when the other side is gone, MessageTooLong for what is.

    `Connection.recv_bytes` gives up the interpreter's lock twice for each message, and a thread that computes, such as
    one that enqueues, gives it back 5 milliseconds later: a worker would stand still while tasks are enqueued.
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
