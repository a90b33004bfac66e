"""Refuses pytest plugins and settings under which the suite cannot judge: a user's pytest loads them by itself.

Each refusal is a `pytest.UsageError` of one sentence, which ends pytest with its exit code for wrong use.
"""

import inspect
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

TESTS = Path(__file__).with_name("tests")
"""The folder of the suite's test modules."""
_PATTERNS = {"python_files": "test_*.py", "python_functions": "test"}
"""The settings of pytest that select modules and functions, with values that select all tests of the suite."""


def check_plugins(config: pytest.Config) -> None:
    """Raise UsageError if pytest distributes tests over processes, or if pytest-django takes part."""
    if config.getoption("dist", "no") != "no":
        raise pytest.UsageError(
            "pytest-xdist runs tests in several processes, and all tests of the suite belong to one: add -n 0"
        )
    if getattr(config.pluginmanager.getplugin("django"), "__name__", "").startswith("pytest_django"):
        raise pytest.UsageError(
            "pytest-django keeps tests from the database and changes settings, which a target needs as they are: "
            "add -p no:django"
        )


def check_settings() -> None:
    """Raise UsageError if Django has settings before the suite has written those of the target."""
    from django.conf import settings  # noqa: PLC0415 -- before the framework is asked for

    if settings.configured:
        name = getattr(settings, "SETTINGS_MODULE", None) or "settings.configure()"
        raise pytest.UsageError(
            f"a conftest or a plugin has configured Django already ({name}), and the suite needs the settings of its "
            "target: add --noconftest, or run pytest in another folder"
        )


class CollectionCheck:
    """A plugin that checks that pytest has collected the whole suite if its folder was named."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: Sequence[pytest.Item]
    ) -> None:
        """Raise UsageError if a setting has left out tests of the suite; later, options such as -k select tests."""
        if not any(map(session.isinitpath, (TESTS, *TESTS.parents))):
            return
        functions = [item for item in items if isinstance(item, pytest.Function) and item.path.parent == TESTS]
        if missing := next(_left_out(functions), ""):
            raise pytest.UsageError(f"pytest leaves {missing} of the suite out: {_advice(config)}")


def _left_out(collected: Sequence[pytest.Function]) -> Iterator[str]:
    """Yield the modules of the suite that have no item, and the functions that have none in the others."""
    by_path: dict[Path, list[pytest.Function]] = {}
    for item in collected:
        by_path.setdefault(item.path, []).append(item)
    for path in sorted(TESTS.glob("test_*.py")):
        items = by_path.get(path, [])
        if not items:
            yield path.name
            continue
        module = items[0].module
        own = (name for name, value in vars(module).items() if _is_test(name, value, module.__name__))
        yield from (f"{path.name}::{name}" for name in sorted(set(own) - {item.originalname for item in items}))


def _is_test(name: str, value: object, module: str) -> bool:
    return name.startswith("test_") and inspect.isfunction(value) and value.__module__ == module


def _advice(config: pytest.Config) -> str:
    changed = [name for name, pattern in _PATTERNS.items() if pattern not in config.getini(name)]
    if not changed:
        return "leave out the option or the setting that ignores it, such as --ignore or norecursedirs"
    words = " ".join(f"-o '{name}={_PATTERNS[name]}'" for name in changed)
    return f"{' and '.join(changed)} of {config.inipath or 'the command line'} do not select it: add {words}"


def check_order(places: Iterable[int]) -> None:
    """Raise UsageError if a plugin has changed the order of the tests, which have a place in the run each."""
    if any(before > after for before, after in pairwise(places)):
        raise pytest.UsageError(
            "a plugin has changed the order of the tests, and each test of the suite has its place: "
            "turn the plugin off by -p no:NAME"
        )


def without_outcome(items: Iterable[pytest.Item], known: Collection[str]) -> str:
    """Return the reason why a run of these tests gives no verdicts if some have no outcome, else an empty text."""
    names = [item.name for item in items if f"{item.path.name}::{item.name}" not in known]
    if not names:
        return ""
    return f"an option or a plugin of pytest did not run {names[0]} in this process ({len(names)} tests in all)"
