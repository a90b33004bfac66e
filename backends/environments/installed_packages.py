"""What is installed in an environment: every version, and what the files of a distribution amount to."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from taskgauge.backends.environments.errors import PythonUnusable
from taskgauge.backends.environments.external_command import clean
from taskgauge.backends.environments.installer import Environment

# Scripts name their environment, and `dist-info` where something came from: neither tells two versions apart.
_LIST = """
import hashlib, importlib.metadata, json, platform, re, sys

def is_own(path):
    return not path.startswith("..") and ".dist-info/" not in path and not path.endswith(".pyc")

def content(file):
    # The bytes that are there: what RECORD says of them is checked by nobody who installs a wheel.
    found = file.locate()
    return hashlib.sha256(found.read_bytes()).hexdigest() if found.is_file() else ""

def digest(files):
    lines = sorted(f"{file} {content(file)}" for file in files or () if is_own(str(file)))
    return f"{len(lines)} files {hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"

packages = {}
for one in importlib.metadata.distributions():
    name = re.sub("[-_.]+", "-", one.metadata["Name"]).lower()
    packages[name] = {"version": one.version, "direct": one.read_text("direct_url.json") is not None}
    if name in sys.argv[1:]:
        packages[name]["content"] = digest(one.files)
        top = {str(file).removesuffix(".py").split("/")[0] for file in one.files or () if str(file).endswith(".py")}
        packages[name]["needs"] = one.requires or []
        packages[name]["modules"] = sorted(top)
        packages[name]["imports"] = [each for each in (name.replace("-", "_"),) if each in top]
print(json.dumps({"python": platform.python_version(), "packages": packages}))
"""
_LIMIT = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What an environment holds."""

    python: str
    versions: Mapping[str, str]
    direct: frozenset[str]
    """Distributions that came from a file or an address, and not by name and version."""
    content: str
    """What the files of the distribution under test amount to; equal for equal files."""
    imports: tuple[str, ...]
    """The package that is called like it, if there is one."""
    modules: tuple[str, ...] = ()
    """The top-level modules and packages of the distribution under test."""
    needs: tuple[str, ...] = ()
    """The requirements that it declares."""

    def pins(self, but: str) -> list[str]:
        """Return the requirements that install the same again, without one distribution."""
        return [
            f"{name}=={version}"
            for name, version in self.versions.items()
            if name not in {but, "pip", "setuptools"} and name not in self.direct
        ]

    def lacks(self, requirements: Iterable[str]) -> str | None:
        """Return what is not as these requirements ask, and what the distribution under test declares; or None."""
        marker = {
            "extra": "",
            "python_version": ".".join(self.python.split(".")[:2]),
            "python_full_version": self.python,
        }
        asked = [Requirement(each) for each in requirements]
        needed = [each for each in _readable(self.needs) if each.marker is None or each.marker.evaluate(marker)]
        for each in [*asked, *needed]:
            there = self.versions.get(canonicalize_name(each.name))
            if there is None:
                return f"{each.name} is not there"
            if each in asked and not each.specifier.contains(there, prereleases=True):
                return f"{each.name} is there in version {there}, and {each.specifier} was asked for"
        return None


def _readable(lines: Iterable[str]) -> Iterator[Requirement]:
    """Yield the requirements of metadata, without those that are no requirements, which no installer can follow."""
    for line in lines:
        with suppress(InvalidRequirement):
            yield Requirement(line)


def installed_in(environment: Environment, under_test: str) -> Installed:
    """Return what an environment holds; raise PythonUnusable if its interpreter does not say."""
    words = [str(environment.python), "-I", "-X", "utf8", "-c", _LIST, under_test]
    try:
        done = subprocess.run(
            words, capture_output=True, encoding="utf-8", errors="replace", env=clean(), timeout=_LIMIT, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PythonUnusable(f"{environment.python} does not run: {error}") from error
    found = json.loads(done.stdout)
    own = found["packages"].get(under_test, {})
    return Installed(
        python=found["python"],
        versions={name: one["version"] for name, one in sorted(found["packages"].items())},
        direct=frozenset(name for name, one in found["packages"].items() if one["direct"]),
        content=own.get("content", ""),
        imports=tuple(own.get("imports", ())),
        modules=tuple(own.get("modules", ())),
        needs=tuple(own.get("needs", ())),
    )
