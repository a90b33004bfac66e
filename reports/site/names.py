"""Names in addresses: of pages, of anchors, and of runs. A name never changes once it is published."""

import re
from datetime import UTC, datetime
from hashlib import sha256

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,79}")
_RESERVED = {"index"}


def safe_name(text: str) -> str:
    """Return the text if it can stand in an address and as a file name, else its safe part with a hash of the text."""
    if _SAFE.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    kept = re.sub(r"[^A-Za-z0-9._@+-]+", "-", text[:60]).strip("-.")
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{kept or 'name'}-{digest}"


def cell_anchor(target: str, requirement: str) -> str:
    """Return the anchor of a target's verdict on a requirement."""
    return f"{safe_name(target)}-{safe_name(requirement)}"


def moment_of(started: str) -> datetime | None:
    """Return the start of a run in UTC; None if the text is no time."""
    try:
        moment = datetime.fromisoformat(started)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def run_name(started: str, commit: str, folder: str) -> str:
    """Return the name of a run: its start and its commit, or the name of its folder if it does not know its start."""
    if (moment := moment_of(started)) is None:
        return safe_name(folder)
    return safe_name(f"{moment:%Y%m%dT%H%M%SZ}-{commit}".rstrip("-"))
