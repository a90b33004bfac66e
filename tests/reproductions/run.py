"""Runs a script in an environment with its dependencies."""

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from packaging.specifiers import SpecifierSet

from reproductions.script import Script

LIMIT_SECONDS = 300
_VERSIONS = """
import importlib.metadata, json, sys
print(json.dumps({name: importlib.metadata.version(name) for name in sys.argv[1:]}))
"""


class Result(IntEnum):
    """The result of a script: its exit code."""

    GONE = 0
    SHOWN = 1
    NOT_RUN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a script for one target."""

    script: Script
    target: str
    result: Result
    output: str
    versions: dict[str, str] = field(default_factory=dict)


class EnvironmentNotMade(Exception):
    """uv did not install the dependencies of a script."""


def run(script: Script, target: str, folder: Path) -> Run:
    """Run a script for one target, in an environment below a folder that is kept for later runs."""
    if not SpecifierSet(script.python).contains(platform.python_version(), prereleases=True):
        return Run(script=script, target=target, result=Result.NOT_RUN, output=f"needs Python {script.python}")
    try:
        python = environment(script, folder)
    except EnvironmentNotMade as error:
        return Run(script=script, target=target, result=Result.NOT_RUN, output=str(error))
    code, output = _ended([str(python), str(script.path), target])
    names = sorted({"django", *(line.name for line in script.dependencies if _is_named(line.name, target))})
    versions = subprocess.run([python, "-c", _VERSIONS, *names], capture_output=True, text=True, check=True).stdout
    known = Result(code) if code in set(Result) else Result.NOT_RUN
    return Run(script=script, target=target, result=known, output=output, versions=json.loads(versions))


def _is_named(distribution: str, target: str) -> bool:
    """Return True if a distribution is the backend of a target, or what it is built on."""
    backend = target.partition("@")[0]
    return backend.startswith(distribution) or distribution == "celery"


def environment(script: Script, folder: Path) -> Path:
    """Return the interpreter of an environment; scripts with the same dependencies share it."""
    lines = sorted(map(str, script.dependencies))
    key = hashlib.sha256("\n".join([platform.python_version(), *lines]).encode()).hexdigest()[:12]
    place = folder.resolve() / f"{script.path.parent.name}-{key}"
    python = place / "bin" / "python"
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        _uv("venv", "--quiet", "--python", sys.executable, str(place))
        _uv("pip", "install", "--quiet", "--python", str(python), *lines)
        (place / "complete").touch()
    return python


def _uv(*words: str) -> None:
    try:
        done = subprocess.run(["uv", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise EnvironmentNotMade("uv is not installed: pip install uv") from error
    if done.returncode:
        raise EnvironmentNotMade(f"uv {words[0]}: {done.stderr.strip().splitlines()[-1]}")


def _ended(words: list[str]) -> tuple[int, str]:
    """Run a command for five minutes at most, and return its exit code and output; nothing of it stays behind."""
    with tempfile.TemporaryDirectory(prefix="reproductions-") as scratch:
        variables = {**os.environ, "TMPDIR": scratch}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(words, env=variables, start_new_session=True, **pipes) as process:
            try:
                output, errors = process.communicate(timeout=LIMIT_SECONDS)
            except subprocess.TimeoutExpired:
                return Result.NOT_RUN, f"it did not end within {LIMIT_SECONDS} s"
            finally:
                _kill_group(process.pid)
    if process.returncode in {Result.GONE, Result.SHOWN}:
        return process.returncode, output.strip()
    return Result.NOT_RUN, "\n".join(errors.strip().splitlines()[-1:])


def _kill_group(pid: int) -> None:
    """Kill what is left of a script's processes: its worker, if the script was killed."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
