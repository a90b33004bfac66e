"""A link of two network namespaces that delays each packet; the kernel needs no netem for it.

Start it with the delay of each direction in seconds, and with a namespace and the name of its new device, twice. It
prints a line when both devices exist.
"""

import contextlib
import fcntl
import os
import select
import struct
import sys
import time
from collections import deque
from pathlib import Path

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
LONGEST = 65_536


def device_in(namespace: str, name: str) -> int:
    """Return a new point-to-point device of a namespace, whose packets this process reads and writes."""
    with Path("/run/netns", namespace).open() as place:
        os.setns(place.fileno(), os.CLONE_NEWNET)
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def main() -> None:
    """Pass packets from each device to the other until this process is killed."""
    delay = float(sys.argv[1])
    one, other = device_in(*sys.argv[2:4]), device_in(*sys.argv[4:6])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    under_way: deque[tuple[float, int, bytes]] = deque()
    while True:
        wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
        for source in select.select([one, other], [], [], wait)[0]:
            packet = os.read(source, LONGEST)
            under_way.append((time.monotonic() + delay, other if source == one else one, packet))
        while under_way and under_way[0][0] <= time.monotonic():
            _, destination, packet = under_way.popleft()
            # A device that is not up loses the packet, as a cable does.
            with contextlib.suppress(OSError):
                os.write(destination, packet)


if __name__ == "__main__":
    main()
