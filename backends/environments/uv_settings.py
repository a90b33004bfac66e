"""Reads the sources of packages from uv's configuration files, and leaves out install locations."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli_w

_KEPT = frozenset(
    """
    allow-insecure-host cache-dir exclude-newer extra-index-url find-links http-proxy https-proxy index index-strategy
    index-url keyring-provider link-mode native-tls no-binary no-binary-package no-build no-build-package no-cache
    no-index no-proxy offline only-binary prerelease python-preference resolution system-certs
    """.split()  # noqa: SIM905 -- a list would be one word a line
)
_PLACES = ("url", "index-url", "extra-index-url", "find-links")


def write_uv_settings(folder: Path, start: Path) -> Path:
    """Write one file into `folder` with the sources of packages that uv reads in `start`; return its path.

    A file that is not TOML counts as empty.
    """
    merged: dict[str, Any] = {}
    for file in _files(start):
        own = _table(file)
        for table in (own.get("pip"), own):
            if isinstance(table, dict):
                merged |= {key: _absolute(key, table[key], file.parent) for key in table.keys() & _KEPT}
    written = folder / "uv.toml"
    written.write_text(tomli_w.dumps(merged), encoding="utf-8")
    return written


def _files(start: Path) -> Iterator[Path]:
    """Yield the files that uv reads, the file of lowest precedence first."""
    if os.environ.get("UV_NO_CONFIG"):
        return
    if named := os.environ.get("UV_CONFIG_FILE"):
        yield Path(named)
        return
    systems = (os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    yield from (Path(folder, "uv", "uv.toml") for folder in ("/etc", *reversed(systems)))
    yield Path(os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser(), "uv", "uv.toml")
    for folder in (start, *start.parents):
        # uv stops at the first folder with settings; uv.toml has precedence over pyproject.toml.
        if (folder / "uv.toml").is_file() or _table(folder / "pyproject.toml"):
            yield folder / ("uv.toml" if (folder / "uv.toml").is_file() else "pyproject.toml")
            return


def _table(file: Path) -> Mapping[str, Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8", errors="replace"))
    except (OSError, tomllib.TOMLDecodeError):
        return {}
    if file.name == "pyproject.toml":
        tool = content.get("tool")
        own = tool.get("uv") if isinstance(tool, dict) else None
        return own if isinstance(own, dict) else {}
    return content


def _absolute(key: str, value: Any, folder: Path) -> Any:
    """Return a setting with absolute paths: relative paths start at the file's folder."""
    if isinstance(value, list):
        return [_absolute(key, item, folder) for item in value]
    if isinstance(value, dict):
        return {own: _absolute(own, item, folder) for own, item in value.items()}
    if key in _PLACES and isinstance(value, str) and "://" not in value:
        return str(folder / value)
    return value
