"""A tiny real backend, in as many versions as tests need: as files, a wheel, a project, a repository."""

import os
import subprocess
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import django

NAME = "toytasks"
BACKEND = """
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskResult, TaskResultStatus
from django.tasks.exceptions import TaskResultDoesNotExist
from django.utils.crypto import get_random_string

from . import extra


class ToyBackend(BaseTaskBackend):
    supports_get_result = extra.KEEPS_RESULTS
    supports_defer = supports_async_task = supports_priority = True

    def __init__(self, alias, params):
        super().__init__(alias, params)
        self.results = {}

    def enqueue(self, task, args, kwargs):
        self.validate_task(task)
        result = TaskResult(
            task=task, id=get_random_string(32), status=TaskResultStatus.READY, enqueued_at=None, started_at=None,
            finished_at=None, last_attempted_at=None, args=args, kwargs=kwargs, backend=self.alias, errors=[],
            worker_ids=[],
        )
        extra.enqueueing(result)
        self.results[result.id] = result
        return result

    def get_result(self, result_id):
        extra.looking_up()
        try:
            return self.results[result_id]
        except KeyError:
            raise TaskResultDoesNotExist(result_id) from None

    def clear(self):
        self.results.clear()
"""
EXTRA = """
KEEPS_RESULTS = True
count = looked = 0


def enqueueing(result):
    global count
    count += 1
    {enqueueing}


def looking_up():
    global looked
    looked += 1
    {looking_up}
"""
PROJECT = """
[build-system]
requires = []
build-backend = "building"
backend-path = ["."]

[project]
name = "toytasks"
version = "{version}"
dependencies = ["django"]

[tool.taskgauge]
backend = "toytasks.ToyBackend"
runs = "never"
settings = "TASKS = {{'default': {{'BACKEND': 'toytasks.ToyBackend', 'QUEUES': ['default', 'second']}}}}"
"""
# A build that needs nothing from an index.
BUILDING = """
import pathlib, zipfile

VERSION = "{version}"


def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, info = f"toytasks-{{VERSION}}-py3-none-any.whl", f"toytasks-{{VERSION}}.dist-info"
    members = {{str(path): path.read_text() for path in sorted(pathlib.Path("toytasks").glob("*.py"))}}
    about = ["Metadata-Version: 2.1", "Name: toytasks", f"Version: {{VERSION}}", "Requires-Dist: django", ""]
    members[f"{{info}}/METADATA"] = "\\n".join(about)
    about = ["Wheel-Version: 1.0", "Generator: toy", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
    members[f"{{info}}/WHEEL"] = "\\n".join(about)
    members[f"{{info}}/RECORD"] = "".join(f"{{each}},,\\n" for each in [*members, f"{{info}}/RECORD"])
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        for path, text in members.items():
            wheel.writestr(path, text)
    return name
"""


def package(folder: Path, *, enqueueing: str = "pass", looking_up: str = "pass", more: str = "") -> Path:
    """Write the package into a folder; the texts are lines of Python, `more` comes at the end of `extra`."""
    home = folder / NAME
    home.mkdir(parents=True, exist_ok=True)
    (home / "__init__.py").write_text("from .backend import ToyBackend\n")
    (home / "backend.py").write_text(BACKEND)
    (home / "extra.py").write_text(EXTRA.format(enqueueing=enqueueing, looking_up=looking_up) + f"\n{more}\n")
    return home


def project(folder: Path, version: str = "1.0", **changes: str) -> Path:
    """Write a project that builds without an index, with a descriptor."""
    package(folder, **changes)
    (folder / "pyproject.toml").write_text(PROJECT.format(version=version))
    (folder / "building.py").write_text(BUILDING.format(version=version))
    return folder


def wheel(folder: Path, version: str = "1.0", *, needs: str = "", **changes: str) -> Path:
    """Write a wheel of this version, with what it needs besides the Django that is installed here."""
    package(folder / version, **changes)
    members = {f"{NAME}/{file.name}": file.read_text() for file in (folder / version / NAME).glob("*.py")}
    # A wheel has no descriptor; the folder that the command runs in has.
    (folder / "pyproject.toml").write_text(PROJECT.format(version=version))
    requirements = [f"django=={django.get_version()}", *([needs] if needs else [])]
    return archive(folder / f"{NAME}-{version}-py3-none-any.whl", NAME, version, members, requirements)


def archive(path: Path, name: str, version: str, members: Mapping[str, str], requirements: Sequence[str] = ()) -> Path:
    """Write a wheel of these members."""
    path.parent.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    about = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    about += [f"Requires-Dist: {requirement}" for requirement in requirements]
    whole = {
        **members,
        f"{info}/METADATA": "\n".join([*about, ""]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: toy\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    whole[f"{info}/RECORD"] = "".join(f"{member},,\n" for member in [*whole, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as file:
        for member, text in whole.items():
            file.writestr(member, text)
    return path


def git(folder: Path, *words: str) -> str:
    """Run git as someone who has no settings of their own; return what it says."""
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    who = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, env=os.environ | own, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def repository(folder: Path, **changes: str) -> Path:
    """Make a repository of the project, with one commit on main."""
    project(folder, **changes)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


def commit(folder: Path) -> str:
    """Commit all that is there; return the commit, which is like no other."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", uuid.uuid4().hex)
    return git(folder, "rev-parse", "HEAD")
