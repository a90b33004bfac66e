"""The verdicts on a requirement, and which of them hold."""

from enum import StrEnum


class Verdict(StrEnum):
    """The verdict on one requirement of a target."""

    PASS = "PASS"  # noqa: S105 -- a verdict, not a password
    FAIL = "FAIL"
    OVERCLAIM = "OVERCLAIM"
    ADVISORY = "ADVISORY"
    DECLINED = "DECLINED"
    UNDERCLAIM = "UNDERCLAIM"
    UNKNOWN = "UNKNOWN"
    NOT_APPLICABLE = "N/A"

    @property
    def holds(self) -> bool:
        """True if the requirement is kept, or belongs to a feature that the target declines."""
        return self is Verdict.PASS or self.declines

    @property
    def declines(self) -> bool:
        """True if the requirement belongs to a feature whose flag is False."""
        return self in {Verdict.DECLINED, Verdict.UNDERCLAIM}

    @property
    def breaks(self) -> bool:
        """True if a claimed requirement does not hold."""
        return self in {Verdict.FAIL, Verdict.OVERCLAIM}

    @property
    def fails(self) -> bool:
        """True if the requirement applies and is not kept."""
        return self.breaks or self is Verdict.ADVISORY
