"""Reads the packages of an environment: every version, and a digest of the files of one distribution."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from taskgauge.backends.environments.errors import PythonUnusable
from taskgauge.backends.environments.external_command import clean
from taskgauge.backends.environments.installer import Environment

# Scripts contain the path of their environment, and `dist-info` its source: neither distinguishes two versions.
_LIST = """
import hashlib, importlib.metadata, json, platform, re, sys

def is_own(path):
    return not path.startswith("..") and ".dist-info/" not in path and not path.endswith(".pyc")

def content(file):
    # The bytes of the file, since no installer of a wheel checks the digests in RECORD.
    path = file.locate()
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

def digest(files):
    lines = sorted(f"{file} {content(file)}" for file in files or () if is_own(str(file)))
    return f"{len(lines)} files {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"

packages = {}
for package in importlib.metadata.distributions():
    name = re.sub("[-_.]+", "-", package.metadata["Name"]).lower()
    packages[name] = {"version": package.version, "direct": package.read_text("direct_url.json") is not None}
    if name in sys.argv[2:]:
        packages[name]["content"] = digest(package.files)
        top = {str(file).removesuffix(".py").split("/")[0] for file in package.files or () if str(file).endswith(".py")}
        packages[name]["needs"] = package.requires or []
        packages[name]["modules"] = sorted(top)
        packages[name]["imports"] = [module for module in (name.replace("-", "_"),) if module in top]
# Standard output belongs to everyone: a module that the environment imports at its start may print to it.
with open(int(sys.argv[1]), "w", encoding="utf-8") as answer:
    json.dump({"python": platform.python_version(), "packages": packages}, answer)
"""
_LIMIT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The packages of an environment."""

    python: str
    versions: Mapping[str, str]
    direct: frozenset[str]
    """The distributions that were installed from a file or a URL, not by name and version."""
    content: str
    """The digest of the files of the distribution under test; equal for equal files."""
    imports: tuple[str, ...]
    """The package with the name of the distribution under test, if there is one."""
    modules: tuple[str, ...] = ()
    """The top-level modules and packages of the distribution under test."""
    needs: tuple[str, ...] = ()
    """The requirements that the distribution under test declares."""

    def pins(self, but: str) -> list[str]:
        """Return requirements that install the same versions again, without the distribution `but`."""
        return [
            f"{name}=={version}"
            for name, version in self.versions.items()
            if name not in {but, "pip", "setuptools"} and name not in self.direct
        ]

    def lacks(self, requirements: Iterable[str]) -> str | None:
        """Return the first requirement that is not met, of these or of the distribution under test, or None."""
        marker = {
            "extra": "",
            "python_version": ".".join(self.python.split(".")[:2]),
            "python_full_version": self.python,
        }
        asked = [Requirement(line) for line in requirements]
        needed = [line for line in _readable(self.needs) if line.marker is None or line.marker.evaluate(marker)]
        for requirement in [*asked, *needed]:
            there = self.versions.get(canonicalize_name(requirement.name))
            if there is None:
                return f"{requirement.name} is not there"
            if requirement in asked and not requirement.specifier.contains(there, prereleases=True):
                return f"{requirement.name} is there in version {there}, and {requirement.specifier} was asked for"
        return None


def _readable(lines: Iterable[str]) -> Iterator[Requirement]:
    """Yield the requirements of metadata, without lines that are not valid requirements."""
    for line in lines:
        with suppress(InvalidRequirement):
            yield Requirement(line)


def installed_in(environment: Environment, under_test: str) -> Installed:
    """Return the packages of an environment; raise PythonUnusable if its interpreter does not run."""
    with tempfile.TemporaryFile() as file:
        number = file.fileno()
        words = [str(environment.python), "-I", "-X", "utf8", "-c", _LIST, str(number), under_test]
        try:
            subprocess.run(words, capture_output=True, env=clean(), timeout=_LIMIT, check=True, pass_fds=[number])
        except (OSError, subprocess.SubprocessError) as error:
            raise PythonUnusable(f"{environment.python} does not run: {error}") from error
        file.seek(0)
        answer = json.load(file)
    own = answer["packages"].get(under_test, {})
    return Installed(
        python=answer["python"],
        versions={name: package["version"] for name, package in sorted(answer["packages"].items())},
        direct=frozenset(name for name, package in answer["packages"].items() if package["direct"]),
        content=own.get("content", ""),
        imports=tuple(own.get("imports", ())),
        modules=tuple(own.get("modules", ())),
        needs=tuple(own.get("needs", ())),
    )
