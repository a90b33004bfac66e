"""The placeholders in braces of a descriptor and its settings, and the function that fills them in."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from taskgauge.backends.descriptors.errors import DescriptorPlaceholderUnknown

type Spans = Sequence[tuple[int, int]]
"""Parts of a text, each from a position to before another, whose braces are not placeholders."""

KINDS: Mapping[str, frozenset[str]] = {
    "sqlite": frozenset(),
    "postgresql": frozenset(f"postgresql{part}" for part in ("", "_host", "_port", "_user", "_password", "_name")),
    "redis": frozenset(f"redis{part}" for part in ("", "_host", "_port", "_password", "_database")),
    "rabbitmq": frozenset(f"rabbitmq{part}" for part in ("", "_host", "_port", "_user", "_password", "_virtual_host")),
}
"""The placeholders that the service of each kind of store fills in; the placeholder with the kind's name is the URL."""
EVERYWHERE = frozenset({"result_types", "store"})
"""The placeholders of all settings: the path of the result types, and the path of a store in a file."""

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}|\{\{([a-z_]+)\}\}")
"""A placeholder, or a name in double braces, which stands for the same in single braces."""


def known_in_settings(kinds: Iterable[str]) -> frozenset[str]:
    """Return the placeholders of the settings of a target on these kinds of store."""
    return EVERYWHERE.union(*(KINDS[kind] for kind in kinds))


def check_placeholders(text: str, known: Container[str], place: str, own: Spans = ()) -> None:
    """Raise DescriptorPlaceholderUnknown for an unknown placeholder; `place` is where the text stands."""
    for match in _placeholders(text, own):
        if match[1] and match[1] not in known:
            names = sorted(known) if isinstance(known, Iterable) else []
            choice = ", ".join(f"{{{name}}}" for name in names) or "none"
            raise DescriptorPlaceholderUnknown(
                f"{place}: placeholder {match[0]} is unknown; known are {choice}, and {{{match[0]}}} is for these words"
            )


def fill_in(text: str, values: Mapping[str, str], place: str, own: Spans = ()) -> str:
    """Replace each `{name}` by its value, and `{{name}}` by `{name}`; leave what lies in a span of `own`.

    Raises DescriptorPlaceholderUnknown if a name has no value.
    """
    check_placeholders(text, values, place, own)
    parts, end = [], 0
    for match in _placeholders(text, own):
        parts += [text[end : match.start()], values[match[1]] if match[1] else f"{{{match[2]}}}"]
        end = match.end()
    return "".join([*parts, text[end:]])


def _placeholders(text: str, own: Spans) -> Iterator[re.Match[str]]:
    for match in _PLACEHOLDER.finditer(text):
        if not any(begin <= match.start() < end for begin, end in own):
            yield match
