"""The settings of a session as its producer has them: by row, without the addresses of this session's servers."""

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

_WORKER_NAME = re.compile(r"worker-[0-9a-f]{8}")
_SHORTEST = 4
"""The characters of the shortest value that is replaced by its placeholder."""


def flat_settings(module: str, base: str) -> dict[str, str]:
    """Return the settings of a module that differ from those of a base module, each as Python writes it.

    The keys of dictionaries are joined by dots, as in `DATABASES.default.CONN_MAX_AGE`.
    """
    own, common = vars(import_module(module)), vars(import_module(base))
    chosen = {name: value for name, value in own.items() if name.isupper() and common.get(name, ...) != value}
    return dict(_flat("", chosen))


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else str(key), inner)
    else:
        yield prefix, repr(value)


def with_placeholders(values: Mapping[str, str], placeholders: Mapping[str, str]) -> dict[str, str]:
    """Return the values with the placeholders of a session's servers and paths instead of what they stand for.

    A path or URL is replaced wherever it stands. Another value, such as a user or a host, is replaced only as a whole
    word: it is no part of a longer word, of a word with hyphens, of a dotted name or of the begin of a path.
    """
    # Of placeholders with one value, the one whose name is alike wins: `{postgresql_name}` for `NAME`.
    ordered = sorted(placeholders.items(), key=lambda pair: -len(pair[1]))
    result = {}
    for key, value in values.items():
        text = value
        alike = [pair for pair in ordered if key.lower().endswith(pair[0].rpartition("_")[2])]
        for name, own in (*alike, *ordered):
            if len(own) >= _SHORTEST:
                text = _where(own).sub(f"{{{name}}}", text)
        result[key] = _WORKER_NAME.sub("{worker}", text)
    return result


def _where(value: str) -> re.Pattern[str]:
    """Return the pattern of the places at which a value stands for itself."""
    if "/" in value:
        return re.compile(re.escape(value))
    # A slash follows the host and the port of a URL, but no user, password or name.
    more = r"(?!/)" if value.isidentifier() else ""
    return re.compile(rf"(?<![\w.{{-]){re.escape(value)}(?![\w-]|\.\w){more}")


def differences(installed: Mapping[str, str], row: Mapping[str, str]) -> dict[str, str]:
    """Return for each key that differs the value as installed and the value of a row; a missing value is `-`."""
    keys = dict.fromkeys([*installed, *row])
    pairs = {key: (installed.get(key, "-"), row.get(key, "-")) for key in keys}
    return {key: f"{before} → {after}" for key, (before, after) in pairs.items() if before != after}
