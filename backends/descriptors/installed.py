"""Finds the installed distributions, and the requirements that are missing here."""

import importlib.metadata
import platform
from collections.abc import Iterable, Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from taskgauge.backends.descriptors.errors import DescriptorTypeWrong


def check_requirement(text: str, place: str) -> None:
    """Raise DescriptorTypeWrong for a text that is not a requirement in pip's syntax."""
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise DescriptorTypeWrong(f"{place} has no requirement in {text!r}: {str(error).splitlines()[0]}") from error


def check_versions(text: str, place: str) -> None:
    """Raise DescriptorTypeWrong for a text that is not a version specifier."""
    try:
        SpecifierSet(text)
    except InvalidSpecifier as error:
        raise DescriptorTypeWrong(f"{place} has no versions in {text!r}: write '>=3.14'") from error


def version(distribution: str) -> str | None:
    """Return the installed version of a distribution, or None."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def closure(requirements: Iterable[Requirement]) -> set[str]:
    """Return the canonical names of these distributions and of all that they need, as far as installed here.

    A requirement of an extra counts only if the extra is requested.
    """
    waiting = list(requirements)
    followed: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = str(canonicalize_name(requirement.name))
        for extra in {"", *requirement.extras} - {extra for known, extra in followed if known == name}:
            followed.add((name, extra))
            waiting += _needed_by(name, extra)
    return {name for name, _ in followed}


def _needed_by(name: str, extra: str) -> Iterator[Requirement]:
    try:
        lines = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return
    for line in map(Requirement, lines):
        if line.marker is None or line.marker.evaluate({"extra": extra}):
            yield line


def here(lines: Iterable[str]) -> list[Requirement]:
    """Return the requirements that hold for this Python, by their markers."""
    requirements = map(Requirement, lines)
    return [line for line in requirements if line.marker is None or line.marker.evaluate()]


def why_missing(requirements: Iterable[Requirement]) -> str | None:
    """Return the first requirement that is missing, with the command that installs it, or None."""
    for requirement in requirements:
        installed = version(requirement.name)
        line = f"{requirement.name}{_extras(requirement)}{requirement.specifier}"
        if installed is None:
            return f"{requirement.name} is not installed: pip install '{line}'"
        if not requirement.specifier.contains(installed, prereleases=True):
            return f"{requirement.name} {installed} is installed, but {line} is needed"
        for extra in of_extras(requirement):
            if version(extra.name) is None:
                return f"{extra.name} is not installed: pip install '{line}'"
    return None


def fits(installed: str, specifier: str) -> bool:
    """Return True if a version fits the specifier; also versions before a release can fit."""
    return SpecifierSet(specifier).contains(installed, prereleases=True)


def wrong_python(specifier: str) -> str | None:
    """Return the reason why this Python does not fit the specifier, or None."""
    running = platform.python_version()
    if fits(running, specifier):
        return None
    return f"Python {specifier} is needed, and this is {running}"


def _extras(requirement: Requirement) -> str:
    return f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""


def of_extras(requirement: Requirement) -> Iterator[Requirement]:
    """Yield the requirements that the extras of a requirement add, as its installed distribution declares."""
    for line in importlib.metadata.requires(requirement.name) or []:
        needed = Requirement(line)
        # A marker that does not mention extras holds with and without them.
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            continue
        if any(needed.marker.evaluate({"extra": extra}) for extra in requirement.extras):
            yield needed
