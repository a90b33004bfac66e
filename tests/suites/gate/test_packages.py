"""What an environment holds: the bytes that are there, whatever is written of them."""

import subprocess
import sys
from pathlib import Path

import toys

from taskgauge.backends.environments.installed_packages import Installed, installed_in
from taskgauge.backends.environments.installer import Environment

STALE = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0"
"""A digest that fits no file of the toy."""


def installed(folder: Path, *, at_start: str = "", **changes: str) -> Installed:
    """Return what an environment holds in which a toy was installed with a RECORD of another one's files.

    `at_start` is code that its Python runs at each start.
    """
    environment = Environment(folder=folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [site] = folder.glob("lib/python*/site-packages")
    files = [f"{toys.NAME}/{file.name}" for file in toys.package(site, **changes).iterdir()]
    about = site / f"{toys.NAME}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {toys.NAME}\nVersion: 1.0\n")
    (about / "RECORD").write_text("".join(f"{file},{STALE}\n" for file in files))
    (site / "sitecustomize.py").write_text(at_start)
    return installed_in(environment, toys.NAME)


def test_a_stale_record(tmp_path: Path) -> None:
    """A wheel that was patched and not written anew says of its files what no installer checks: they differ."""
    base, head = installed(tmp_path / "base"), installed(tmp_path / "head", looking_up="time.sleep(1)")
    again = installed(tmp_path / "again")

    assert base.versions == head.versions == {toys.NAME: "1.0"}
    assert base.content != head.content
    assert base.content == again.content


def test_an_environment_that_prints(tmp_path: Path) -> None:
    """Packages are read from an environment whose Python prints at its start and at its end."""
    printing = "import atexit\nprint('hello')\natexit.register(print, 'bye')\n"

    assert installed(tmp_path / "silent") == installed(tmp_path / "printing", at_start=printing)
