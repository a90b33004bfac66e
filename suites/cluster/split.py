"""The jobs of a benchmark: all that is compared with each other stays on one host."""

from collections.abc import Iterable, Sequence

from taskgauge.backends.descriptors.reader import load_targets
from taskgauge.suites.sessions.contract import contract_of
from taskgauge.suites.sessions.plan import DEFAULT


def by_contract(names: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the contracts of these targets, each with its targets; without names, those of the default targets.

    Targets with different contracts are never compared, so each group may have a host of its own. Raise TargetUnknown
    or DescriptorError.
    """
    groups: dict[str, dict[str, None]] = {}
    for name in names or DEFAULT:
        for target in load_targets(name):
            path, at, _ = name.rpartition("@")
            argument = f"{path if at else name}@{target.store}" if target.store else name
            groups.setdefault(contract_of(target), {})[argument] = None
    return [(contract, tuple(arguments)) for contract, arguments in groups.items()]


def slug(words: Iterable[str]) -> str:
    """Return words as the name of a folder."""
    return "-".join("".join(letter if letter.isalnum() else "-" for letter in word) for word in words)
