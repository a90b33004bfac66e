"""Text of files that others wrote, made fit for files and terminals."""

import math
import re
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class NotFinite(ValueError):
    """A number is none that JSON has."""


def printable(value: Any) -> Any:
    """Write out what no file or terminal takes as text: halves of surrogates, control characters. Raises NotFinite."""
    if isinstance(value, float) and not math.isfinite(value):
        raise NotFinite(f"it holds {value}, which is no JSON")
    if isinstance(value, str):
        return _CONTROL.sub(lambda match: ascii(match[0])[1:-1], value.replace("\r\n", "\n"))
    if isinstance(value, list):
        return [printable(each) for each in value]
    if isinstance(value, dict):
        return {printable(key): printable(each) for key, each in value.items()}
    return value
