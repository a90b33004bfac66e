"""What may stand in braces in a descriptor and its settings, and how it is filled in."""

import re
from collections.abc import Iterable, Mapping

from taskgauge.backends.descriptors.errors import DescriptorPlaceholderUnknown

KINDS: Mapping[str, frozenset[str]] = {
    "sqlite": frozenset(),
    "postgresql": frozenset(f"postgresql{part}" for part in ("", "_host", "_port", "_user", "_password", "_name")),
    "redis": frozenset(f"redis{part}" for part in ("", "_host", "_port", "_password", "_database")),
    "rabbitmq": frozenset(f"rabbitmq{part}" for part in ("", "_host", "_port", "_user", "_password", "_virtual_host")),
}
"""The kinds of store, each with the placeholders that its service fills in; the one named like the kind is its URL."""
EVERYWHERE = frozenset({"result_types", "store"})
"""In all settings: the path of the result types, and a path where a store in a file may be."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def known_in_settings(kinds: Iterable[str]) -> frozenset[str]:
    """Return the placeholders of the settings of a target on these kinds of store."""
    return EVERYWHERE.union(*(KINDS[kind] for kind in kinds))


def check_placeholders(text: str, known: frozenset[str], place: str) -> None:
    """Raise DescriptorPlaceholderUnknown for one that is not known; `place` says where it stands."""
    for match in _PLACEHOLDER.finditer(text):
        if match[1] not in known:
            choice = ", ".join(f"{{{name}}}" for name in sorted(known)) or "none"
            raise DescriptorPlaceholderUnknown(f"{place}: placeholder {match[0]} is unknown; known are {choice}")


def fill_in(text: str, values: Mapping[str, str], place: str) -> str:
    """Replace each `{name}` by its value; raise DescriptorPlaceholderUnknown for one that has none."""
    check_placeholders(text, frozenset(values), place)
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)
