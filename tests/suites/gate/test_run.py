"""A run that ends before its end: what was found until then is judged."""

import json
from pathlib import Path
from typing import Any

import pytest
import toys

from taskgauge.backends.services import ServiceRefused
from taskgauge.suites.cli.gate import gate
from taskgauge.suites.gate.errors import TargetUnusable
from taskgauge.suites.gate.run_parts import Measuring
from taskgauge.suites.run_control.exit_codes import ExitCode

pytestmark = pytest.mark.slow

NOTHING: dict[str, Any] = {
    "targets": (),
    "only": (),
    "parts": (),
    "more": (),
    "pairs": 1,
    "slices": 2,
    "margins": (),
    "calibrate": False,
    "gates": None,
    "python": None,
    "markdown": None,
    "seed": 1,
    "strict": False,
}


@pytest.mark.parametrize("error", [TargetUnusable("the store is gone"), ServiceRefused("the store is gone")], ids=repr)
@pytest.mark.parametrize(("more", "verdict"), [([], "FAILED"), (["SELECT ?"], "REGRESSION")])
def test_a_store_that_goes_while_it_is_measured(
    error: Exception, more: list[str], verdict: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no wrong use: the run failed, and a regression that was found before is said all the same."""

    def broken(self: Measuring) -> None:
        ledger = {"base": {"enqueue": {"statements": []}}, "head": {"enqueue": {"statements": more}}}
        (self.context.run_folder / "gate" / "ledger.json").write_text(json.dumps({"format": 1, **ledger}))
        with self.progress.part("duet"):
            raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Measuring, "execute", broken)
    base, head = toys.wheel(tmp_path, "1.0"), toys.wheel(tmp_path, "1.1", looking_up="0")

    found = gate(command=["taskgauge", "gate"], base=str(base), head=str(head), out=tmp_path / "run", **NOTHING)

    assert found is {"FAILED": ExitCode.HARNESS_FAILED, "REGRESSION": ExitCode.BROKEN}[verdict]
    judged = json.loads((tmp_path / "run" / "gate.json").read_text())
    assert judged["verdict"] == verdict
    assert any("the store is gone" in detail for row in judged["rows"] for detail in row["details"])
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == "failed"
