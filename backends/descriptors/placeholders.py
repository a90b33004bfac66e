"""The placeholders in braces of a descriptor and its settings, and the function that fills them in."""

import re
from collections.abc import Iterable, Mapping

from taskgauge.backends.descriptors.errors import DescriptorPlaceholderUnknown

KINDS: Mapping[str, frozenset[str]] = {
    "sqlite": frozenset(),
    "postgresql": frozenset(f"postgresql{part}" for part in ("", "_host", "_port", "_user", "_password", "_name")),
    "redis": frozenset(f"redis{part}" for part in ("", "_host", "_port", "_password", "_database")),
    "rabbitmq": frozenset(f"rabbitmq{part}" for part in ("", "_host", "_port", "_user", "_password", "_virtual_host")),
}
"""The placeholders that the service of each kind of store fills in; the placeholder with the kind's name is the URL."""
EVERYWHERE = frozenset({"result_types", "store"})
"""The placeholders of all settings: the path of the result types, and the path of a store in a file."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def known_in_settings(kinds: Iterable[str]) -> frozenset[str]:
    """Return the placeholders of the settings of a target on these kinds of store."""
    return EVERYWHERE.union(*(KINDS[kind] for kind in kinds))


def check_placeholders(text: str, known: frozenset[str], place: str) -> None:
    """Raise DescriptorPlaceholderUnknown for an unknown placeholder; `place` is where the text stands."""
    for match in _PLACEHOLDER.finditer(text):
        if match[1] not in known:
            choice = ", ".join(f"{{{name}}}" for name in sorted(known)) or "none"
            raise DescriptorPlaceholderUnknown(f"{place}: placeholder {match[0]} is unknown; known are {choice}")


def fill_in(text: str, values: Mapping[str, str], place: str) -> str:
    """Replace each `{name}` by its value; raise DescriptorPlaceholderUnknown if a name has no value."""
    check_placeholders(text, frozenset(values), place)
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)
