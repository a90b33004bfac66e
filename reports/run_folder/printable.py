"""Makes texts of foreign files safe for files and terminals."""

import math
import re
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class NotFinite(ValueError):
    """A number is infinite or not a number, which JSON does not have."""


def printable(value: Any) -> Any:
    """Return the value with lone surrogates and control characters of its texts escaped. Raises NotFinite."""
    if isinstance(value, float) and not math.isfinite(value):
        raise NotFinite(f"it holds {value}, which JSON does not have")
    if isinstance(value, str):
        return _CONTROL.sub(lambda match: ascii(match[0])[1:-1], value.replace("\r\n", "\n"))
    if isinstance(value, list):
        return [printable(item) for item in value]
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    return value
