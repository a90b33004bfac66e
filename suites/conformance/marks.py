"""The marks that say what a test checks."""

import pytest

from taskgauge.suites.conformance.run_order import RunOrder


def requirement(*ids: str) -> pytest.MarkDecorator:
    """Mark a test with the requirements that it checks, such as ENQ-01; it counts for each of them."""
    return pytest.mark.requirement(*ids)


def refusal(flag: str, *ids: str) -> pytest.MarkDecorator:
    """Mark a test that checks the documented refusal of a feature; it runs only if the feature's flag is False."""
    return pytest.mark.refusal(flag, *ids)


def probe(flag: str) -> pytest.MarkDecorator:
    """Mark a test that passes if a feature works; it runs only if the feature's flag is False, and never fails."""
    return pytest.mark.probe(flag)


def question(*ids: str) -> pytest.MarkDecorator:
    """Mark a test that records behaviour on open questions (OQ-01) or disagreements (DIS-01) without a verdict."""
    return pytest.mark.question(*ids)


def late(place: RunOrder) -> pytest.MarkDecorator:
    """Mark a test that runs at a later place than its fixtures need."""
    return pytest.mark.late(place)
