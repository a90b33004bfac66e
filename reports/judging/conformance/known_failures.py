"""Known failures: how a failure that was written down beforehand counts on the day of a run."""

from datetime import date
from enum import StrEnum

from taskgauge.reports.run_folder.verdict import Verdict


class KnownState(StrEnum):
    """The state of a known failure on the day of a run."""

    PASSES_AGAIN = "passes again"
    PAST_ITS_DATE = "past its date"
    NOT_CONCLUDED = "not concluded"
    NOT_APPLICABLE = "does not apply"
    STILL_FAILS = "still fails"


_OPEN = {Verdict.UNKNOWN: KnownState.NOT_CONCLUDED, Verdict.NOT_APPLICABLE: KnownState.NOT_APPLICABLE}


def known_state(verdict: Verdict, expires: date, day: date) -> KnownState:
    """Return the state on this day of a failure that is known until `expires`, by the verdict on its requirement."""
    if verdict.holds:
        return KnownState.PASSES_AGAIN
    return _OPEN.get(verdict, KnownState.STILL_FAILS) if is_excused(expires, day) else KnownState.PAST_ITS_DATE


def is_excused(expires: date, day: date) -> bool:
    """Return whether a failure that is known until `expires`, that day included, is excused on this day."""
    return day <= expires
