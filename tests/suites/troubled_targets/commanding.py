"""Writes descriptors, runs `taskgauge conformance` on them, and looks for what it left behind."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil

HERE = Path(__file__).parent
GRACE = 300
INSIDE = """
TASKS = {{"default": {{"BACKEND": "{backend}", "QUEUES": ["default", "second"], "OPTIONS": {options}}}}}
"""
DURABLE = HERE.parents[1] / "mutants" / "targets" / "durable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a run of the command ended."""

    code: int
    out: str
    error: str
    folder: Path

    def line(self, target: str) -> str:
        """Return the one line that says how a target ended."""
        [line] = [line for line in self.error.splitlines() if line.startswith(f"{target}: ")]
        return line.removeprefix(f"{target}: ")

    def document(self, target: str) -> dict[str, Any]:
        """Return the file of a target."""
        found: dict[str, Any] = json.loads((self.folder / "run" / "conformance" / f"{target}.json").read_text())
        return found

    def verdicts(self, target: str) -> dict[str, str]:
        """Return a target's verdicts by requirement."""
        return {row["id"]: row["verdict"] for row in self.document(target).get("requirements", ())}

    @property
    def last(self) -> str:
        """What the command says at last."""
        return self.error.splitlines()[-1]


def describe(
    folder: Path,
    name: str,
    backend: str,
    *,
    toml: str = "",
    options: str = "{}",
    files: Mapping[str, str] = MappingProxyType({}),
    **keys: object,
) -> str:
    """Write the descriptor of a backend that runs tasks inside enqueue(); return it as the command takes it."""
    lines = {"name": name, "backend": backend, "runs": "inside", **keys}
    settings = INSIDE.format(backend=backend, options=options)
    return write(folder / name, lines, toml, {"settings.py": settings, **files})


def describe_durable(folder: Path, name: str, *words: str, backend: str = "Durable", store: str = "sqlite") -> str:
    """Write that of a durable queue whose worker is started with further words; return it as the command takes it."""
    path = "mutants.durable.Durable" if backend == "Durable" else f"troubled_backends.{backend}"
    own = (DURABLE / f"settings_{store}.py").read_text().replace("mutants.durable.Durable", path)
    worker = json.dumps(["{python}", "-m", "troubled_worker", *(words or ["works"]), "work"])
    toml = f"""
        [[prepare]]
        command = ["{{python}}", "-m", "mutants.durable", "prepare"]
        [worker]
        command = {worker}
        ready = "ready"
    """
    return write(folder / name, {"name": name, "backend": path, "stores": [store]}, toml, {"settings.py": own})


def write(folder: Path, lines: Mapping[str, object], toml: str, files: Mapping[str, str]) -> str:
    """Write a descriptor and what is beside it."""
    folder.mkdir(parents=True)
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items())
    (folder / "backend.toml").write_text(f"{text}\n{toml}")
    for name, content in files.items():
        (folder / name).write_text(content)
    return str(folder / "backend.toml")


def start(
    *arguments: str,
    folder: Path,
    silence: float = 120,
    limits: Mapping[str, float] = MappingProxyType({}),
    within: Sequence[str] = (),
    further_path: str = "",
    **environment: str,
) -> subprocess.Popen[str]:
    """Start the command in a folder, with a temporary folder of its own; results go into `run`.

    `silence` and `limits`, by their paths, are seconds after which it gives something up; `within` is a command that
    runs it; `further_path` is another entry of PYTHONPATH.
    """
    (folder / "temporary").mkdir(exist_ok=True)
    paths = [str(HERE), str(HERE.parents[1]), further_path, os.environ.get("PYTHONPATH", "")]
    own = {"TMPDIR": str(folder / "temporary"), "COLUMNS": "200", "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    # Where this is set, the command keeps bytecode in the temporary folder, which may be small here.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(
        [*within, sys.executable, str(HERE / "impatient.py"), str(silence), "conformance", "--out", "run", *arguments],
        cwd=folder,
        env={**inherited, **own, "IMPATIENCE": json.dumps(dict(limits)), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str], folder: Path) -> Said:
    """Wait for its end; check that nobody sees a traceback, and that no process and no temporary file is left."""
    out, error = process.communicate(timeout=GRACE)
    assert "Traceback" not in out + error, out + error
    assert [] == left_in(folder)
    assert [] == list((folder / "temporary").iterdir())
    return Said(code=process.returncode, out=out, error=error, folder=folder)


def run(*arguments: str, folder: Path, **how: Any) -> Said:
    """Run the command to its end."""
    return finish(start(*arguments, folder=folder, **how), folder)


def left_in(folder: Path) -> list[psutil.Process]:
    """Return the living processes that were given this folder's temporary folder, with name and command."""
    return [
        one
        for one in psutil.process_iter(["name", "cmdline", "environ"])
        if str((one.info["environ"] or {}).get("TMPDIR", "")).startswith(str(folder)) and is_living(one)
    ]


def is_living(process: psutil.Process) -> bool:
    """Whether it runs; one that nobody has waited for does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition: Any) -> Any:
    """Wait until something is so, or fail after a time that no healthy machine needs."""
    deadline = time.monotonic() + GRACE
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found
