"""Fragments of settings: Python that stays Python, with placeholders where it has none of its own."""

import sys
from pathlib import Path
from typing import Any

import pytest

from taskgauge.backends.descriptors import reader as descriptor
from taskgauge.backends.descriptors.placeholders import fill_in
from taskgauge.backends.descriptors.python_source import all_names_of, begun_with
from taskgauge.backends.descriptors.reader import Target, read_descriptor

VALUES = {"store": "/the/store", "redis": "redis://there", "redis_port": "6379"}


def target_of(folder: Path, settings: str, two_aliases: str = "") -> Target:
    """Write the descriptor of a backend in Redis, and return its target."""
    (folder / "backend.toml").write_text('backend = "a"\nruns = "inside"\nstores = ["redis"]')
    (folder / "settings.py").write_text(settings)
    (folder / "two_aliases.py").write_text(two_aliases)
    return Target(descriptor=read_descriptor(folder), store="redis")


def run(source: str) -> dict[str, Any]:
    """Execute a source and return its names."""
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102 -- our own text
    return names


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ('URL = "{redis}"', "redis://there"),
        ("URL = {redis_port}", 6379),
        ('store = "mine"\nURL = f"{store}/1"', "mine/1"),
        ('URL = f"{redis}/1"', "redis://there/1"),
        ('_host = "h"\nURL = f"{_host}:{redis_port}"', "h:6379"),
        ('URL = "".join(f"{store}" for store in "ab")', "ab"),
        ('def url(redis): return f"é{redis}"\nURL = url("own")', "éown"),
        ('URL = f"{{store}}"', "{store}"),
        ('URL = "{{store}} {store}"', "{store} /the/store"),
        ('host = 1\nURL = f"""\n{host}""" + "{redis}"', "\n1redis://there"),
        ('URL = "{{queue}}:{{id}}".format(queue="q", id=1)', "q:1"),
    ],
)
def test_braces(tmp_path: Path, settings: str, expected: object) -> None:
    """A placeholder is filled in, a name of the settings is Python's in an f-string, and doubled braces are braces."""
    assert run(target_of(tmp_path, settings).settings_source(VALUES))["URL"] == expected


def test_names_of_the_settings_belong_to_what_is_added(tmp_path: Path) -> None:
    """An f-string of the second alias may have the names of the settings, also that of a placeholder."""
    target = target_of(tmp_path, 'store = "mine"\n_more = 1', 'URL = f"{store}{_more}"')

    names = run(f"{target.settings_source(VALUES)}\n{target.two_aliases_source(VALUES)}")

    assert names["URL"] == "mine1"


def test_unknown_placeholder(tmp_path: Path) -> None:
    """It is refused, with the way to write it as it is."""
    with pytest.raises(
        descriptor.DescriptorPlaceholderUnknown, match=r"\{host\} is unknown.*, and \{\{host\}\} is for"
    ):
        target_of(tmp_path, 'URL = "{host}"')


def test_braces_of_a_command() -> None:
    """Words of a command have the same escape."""
    assert fill_in("{{queue}}-{store}-{{ }}", VALUES, "a command") == "{queue}-/the/store-{{ }}"


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations\nEND = BEGIN",
        '"""Settings."""\n\nfrom __future__ import annotations  # first\nfrom __future__ import division\nEND = BEGIN',
        "from __future__ import annotations; END = BEGIN",
        "END = BEGIN",
    ],
)
def test_future(source: str) -> None:
    """Imports from the future stay first where other lines are put before the settings."""
    names = run(begun_with("BEGIN = 1", source))

    assert names["END"] == 1
    assert ("annotations" in names) == ("__future__" in source)


def test_all_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that build on others have their names with an underscore, and not their dunders."""
    (tmp_path / "base_of_this_test.py").write_text("_url = 1\n__version__ = 2\n")
    monkeypatch.syspath_prepend(tmp_path)

    names = run(all_names_of("base_of_this_test"))

    assert names["_url"] == 1
    assert "__version__" not in names
    sys.modules.pop("base_of_this_test")
