"""The marks by which a test says what it checks."""

import pytest

from taskgauge.suites.conformance.run_order import RunOrder


def requirement(*ids: str) -> pytest.MarkDecorator:
    """Mark a test with the requirements it checks, such as ENQ-01; it counts for each."""
    return pytest.mark.requirement(*ids)


def refusal(flag: str, *ids: str) -> pytest.MarkDecorator:
    """Mark a test that a feature whose flag is False is refused as documented; it runs only then."""
    return pytest.mark.refusal(flag, *ids)


def probe(flag: str) -> pytest.MarkDecorator:
    """Mark a test that passes if a feature works although its flag is False; it runs only then, and never fails."""
    return pytest.mark.probe(flag)


def question(*ids: str) -> pytest.MarkDecorator:
    """Mark a test that records behaviour on open questions (OQ-01) or disagreements (DIS-01) and judges nothing."""
    return pytest.mark.question(*ids)


def late(place: RunOrder) -> pytest.MarkDecorator:
    """Mark a test that runs at a later place than its fixtures need."""
    return pytest.mark.late(place)
