"""`taskgauge conformance --install`: real environments, made by the command itself."""

import json
import os
from pathlib import Path

import pytest
from commanding import run

pytestmark = [pytest.mark.environments, pytest.mark.slow]
ROW = ("--requirement", "ENQ-01")


def test_a_backend_in_its_own_environment(tmp_path: Path) -> None:
    """A backend that is not installed here is installed, and judged there."""
    said = run("django-tasks-local-threads", "--install", *ROW, folder=tmp_path)

    assert (0, {"ENQ-01": "PASS"}) == (said.code, said.verdicts("django-tasks-local-threads")), said.error
    [python] = (tmp_path / ".taskgauge" / "environments").glob("*/bin/python")
    assert python.parents[1].name.startswith("django-tasks-local-threads-")


def test_a_backend_that_cannot_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is one line, the other targets are judged, and what was asked for by name counts as not judged."""
    for name in ("PIP_NO_INDEX", "UV_OFFLINE", "UV_NO_CONFIG"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)  # it may name folders of packages
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)

    said = run("django-tasks-local-threads", "django-dummy", "--install", *ROW, folder=tmp_path)

    [line] = [line for line in said.error.splitlines() if line.startswith("django-tasks-local-threads is left out: ")]
    assert "it cannot be installed: " in line
    assert (4, {"ENQ-01": "PASS"}) == (said.code, said.verdicts("django-dummy")), said.error
    [left_out] = json.loads((tmp_path / "run" / "run.json").read_text())["left_out"]
    assert "conformance django-tasks-local-threads" == left_out["what"]
    assert (tmp_path / "run" / "log" / "environments.txt").exists()
    assert not [path for path in (tmp_path / ".taskgauge" / "environments").iterdir() if path.is_dir()]
