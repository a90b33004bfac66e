"""A variant that somebody brings along is checked before anything is measured."""

import pytest

from taskgauge.suites.shapes.objects import result_of
from taskgauge.suites.shapes.variants import VariantFieldMissing, VariantNotImportable, VariantUnknown, load
from taskgauge.suites.shapes.variants.loading import check_name


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.syspath_prepend(str(request.path.parent))


def test_brought() -> None:
    """Four classes under a name are enough."""
    variant = load("brought:unburdened")

    finished = result_of(variant, 1, "SUCCESSFUL")

    assert ("brought:unburdened", 3002) == (variant.arm, finished.return_value)
    assert "RUNNING" == variant.evolve(finished, status=variant.TaskResultStatus.RUNNING).status


@pytest.mark.parametrize(
    ("library", "in_place"),
    [
        ("namedtuple", False),
        ("dataclass", True),
        ("frozen-dataclass", True),
        ("attrs", True),
        ("msgspec", True),
        ("class", True),
    ],
)
def test_every_library_is_recognised(library: str, in_place: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects are changed as the library that made their class documents."""
    import brought  # noqa: PLC0415

    monkeypatch.setattr(brought, library.replace("-", "_"), load(library), raising=False)
    source = load(library)
    names = {name: getattr(source, name) for name in ("Task", "TaskResult", "TaskContext", "TaskError")}
    attribute = f"own_{library.replace('-', '_')}"
    monkeypatch.setattr(brought, attribute, type("Own", (), names), raising=False)

    variant = load(f"brought:{attribute}")
    finished = result_of(variant, 1, "SUCCESSFUL")

    assert in_place == (variant.refresh_in_place is not None)
    assert ("other", 3002) == (variant.evolve(finished, backend="other").backend, finished._return_value)
    fresh = variant.change(finished, backend="other")
    assert fresh == variant.refresh_by_replacement(fresh, fresh)


@pytest.mark.parametrize(
    ("arm", "error", "says"),
    [
        ("nametuple", VariantUnknown, "did you mean 'namedtuple'?"),
        ("zzz", VariantUnknown, "choose from today"),
        ("nowhere.to.be:found", VariantNotImportable, "nowhere"),
        ("brought:nothing_of_that_name", VariantNotImportable, "nothing_of_that_name"),
        ("brought:classless", VariantFieldMissing, "no class TaskResult"),
        ("brought:forgetful", VariantFieldMissing, "its constructor takes"),
    ],
)
def test_refused(arm: str, error: type[Exception], says: str) -> None:
    """What is wrong is one line that says what to do."""
    with pytest.raises(error, match=says) as caught:
        load(arm)

    assert "\n" not in str(caught.value)


def test_names_are_checked_without_loading() -> None:
    """A typing error is found before Django is."""
    check_name("namedtuple-lazy")
    check_name("package.module:NAME")
    with pytest.raises(VariantUnknown):
        check_name("today-again-lazy")
