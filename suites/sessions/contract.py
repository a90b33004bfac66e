"""The contract of a target: the guarantee that its store gives for an accepted task."""

from taskgauge.backends.descriptors.model import Target
from taskgauge.backends.services import is_given

IN_PROCESS = "in the process"
_BY_KIND = {
    "sqlite": "store, fsync at each commit",
    "postgresql": "store, fsync at each commit",
    "redis": "store, fsync each second",
    "rabbitmq": "broker",
}


_BY_NAME = {
    "process": IN_PROCESS,
    "store without fsync": "store, no fsync",
    "store with fsync each second": "store, fsync each second",
    "store with fsync": "store, fsync at each commit",
    "broker": "broker",
}
"""The words for the names that a descriptor can use."""


def contract_of(target: Target, *, in_memory: bool = False) -> str:
    """Return the contract of a target; targets with different contracts are never compared.

    `in_memory`: its store keeps tasks in memory only.
    """
    if in_memory:
        return "store, in memory only"
    if target.contract is not None:
        return _BY_NAME[target.contract]
    is_foreign = any(map(is_given, target.kinds))
    words = " + ".join(dict.fromkeys(_BY_KIND[kind] for kind in target.kinds)) or IN_PROCESS
    return f"{words}, as the given server is set" if is_foreign else words
