"""Runs the suite on mutants, several side by side, and reads what it says of them."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from mutants.breaking import Run
from mutants.proof import all_mutants
from mutants.targets import BASES, base_of, write_patch, write_target
from taskgauge.suites.conformance.harness.target_run import PLUGINS, SUITE

INI = Path(__file__).with_name("pytest.ini")
LIMIT = 420.0
"""Seconds after which a run is ended, whatever it does."""


class Runner:
    """Runs what it is given, so many at a time, in children of one process that has everything imported."""

    def __init__(self, folder: Path, *, full: bool, jobs: int) -> None:
        """Keep everything under the folder; `full` runs all of the suite, else what names the expected failures."""
        self._folder = folder
        self._full = full
        self._asking = threading.Lock()
        self._pool = ThreadPoolExecutor(jobs)
        self._begun: dict[str, Future[Run]] = {}
        self._zygote = subprocess.Popen(
            [sys.executable, "-P", "-m", "mutants.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(str(Path(__file__).parents[1])),
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._zygote.communicate()

    def begin(self, names: Iterable[str]) -> None:
        """Run these mutants and bases, in this order, as soon as there is room."""
        for name in names:
            if name not in self._begun:
                run = self._run_base if name in BASES else self._run_mutant
                self._begun[name] = self._pool.submit(run, name)

    def result(self, name: str) -> Run:
        """Wait for a run."""
        self.begin([name])
        return self._begun[name].result()

    def answers(self, name: str, keyword: str) -> Mapping[tuple[str, str], str]:
        """Return the recorded answers of a mutant or base by question and aspect, from the tests of this name."""
        folder = self._folder / f"{name}-{keyword}"
        folder.mkdir()
        if name in BASES:
            base = BASES[name]
            shutil.copytree(base.folder, folder / "target")
            target = _named(f"{folder / 'target' / 'backend.toml'}@{base.stores[0]}", name)
        else:
            base = base_of(all_mutants()[name])
            target = write_target(all_mutants()[name], folder / "target")
        self._run(folder, target, base.patience, (), tests=("question", keyword))
        [file] = (folder / "conformance").glob("*.json")
        answers = json.loads(file.read_text(encoding="utf-8"))["open_questions"]
        return {(answer["id"], answer["aspect"]): answer["answer"] for answer in answers}

    def done(self) -> Mapping[str, Run]:
        """Return all that have ended."""
        return {name: run.result() for name, run in self._begun.items() if run.done() and not run.cancelled()}

    def _run_base(self, name: str) -> Run:
        base = BASES[name]
        shutil.copytree(base.folder, self._folder / name / "target")
        store = next(iter(base.stores), "")
        target = f"{self._folder / name / 'target' / 'backend.toml'}{store and '@'}{store}"
        return self._run(self._folder / name, _named(target, name), base.patience, [])

    def _run_mutant(self, name: str) -> Run:
        mutant = all_mutants()[name]
        folder = self._folder / name
        folder.mkdir()
        target = write_target(mutant, folder / "target")
        patience = mutant.patience or base_of(mutant).patience
        rows = [] if self._full else mutant.names
        if mutant.is_patch:
            write_patch(mutant, folder / "patch")
        return self._run(folder, target, patience, rows, patch=mutant.path if mutant.is_patch else "")

    def _run(
        self,
        folder: Path,
        target: str,
        patience: float,
        rows: Iterable[str],
        *,
        patch: str = "",
        tests: tuple[str, str] = ("not question", ""),
    ) -> Run:
        (folder / "tmp").mkdir()
        paths = [*([str(folder / "patch")] if patch else []), str(Path(__file__).parents[1])]
        arguments = [
            *("-c", str(INI), f"--rootdir={folder}", "-p", "no:cacheprovider", "-q"),
            *(word for name in PLUGINS for word in ("-p", name)),
            *("--tb=line", "-m", tests[0], "-k", tests[1], f"--target={target}", f"--results={folder}"),
            *(f"--requirement={row}" for row in rows),
            *("--pyargs", SUITE),
        ]
        order = {
            "folder": str(folder),
            "environment": {"PYTHONPATH": os.pathsep.join(paths), "TMPDIR": str(folder / "tmp")},
            "patience": patience,
            "patch": patch,
            "arguments": arguments,
        }
        begin = time.monotonic()
        code = self._follow(order)
        return _read(folder, code, time.monotonic() - begin)

    def _follow(self, order: dict[str, Any]) -> int | None:
        """Return the exit code of pytest; None if it was ended, or ended otherwise."""
        with self._asking:
            print(json.dumps(order), file=self._zygote.stdin, flush=True)
            child = int(self._zygote.stdout.readline())
        file, end = Path(order["folder"], "code"), time.monotonic() + LIMIT
        while not file.exists() and _is_alive(child) and time.monotonic() < end:
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        return int(file.read_text()) if file.exists() else None


def _environment(tests: str) -> dict[str, str]:
    unwanted = {"PYTHONDONTWRITEBYTECODE", "DJANGO_SETTINGS_MODULE"}
    kept = {
        name: value for name, value in os.environ.items() if name not in unwanted and not name.startswith("PYTEST_")
    }
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": tests}


def _named(target: str, name: str) -> str:
    """Give a copied descriptor the name that it has where it comes from, which is that of its folder."""
    path = Path(target.partition("@")[0])
    path.write_text(f'name = "{name}"\n{path.read_text(encoding="utf-8")}', encoding="utf-8")
    return target


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _read(folder: Path, code: int | None, seconds: float) -> Run:
    files = list((folder / "conformance").glob("*.json"))
    if not files:
        log = folder / "log.txt"
        lines = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
        return Run(verdicts={}, reasons={}, seconds=seconds, trouble=f"no verdicts, exit code {code}: {lines}")
    document = json.loads(files[0].read_text())
    rows = document["requirements"]
    finished = document["state"] == "finished" and code is not None
    return Run(
        verdicts={row["id"]: row["verdict"] for row in rows},
        reasons={row["id"]: row["reason"] for row in rows},
        seconds=seconds,
        trouble="" if finished else f"{document['state']}, exit code {code}: {document['reason']}",
    )
