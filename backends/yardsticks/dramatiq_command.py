"""The command of Dramatiq with one more option: `--prefetch N`, which Dramatiq reads from the environment."""

import os
import sys

_OPTION, _VARIABLE = "--prefetch", "dramatiq_queue_prefetch"


def main(words: list[str]) -> int:
    """Run Dramatiq with these words; return its exit code."""
    if _OPTION in words:
        place = words.index(_OPTION)
        os.environ[_VARIABLE] = words[place + 1]
        words = words[:place] + words[place + 2 :]
    from dramatiq.cli import main as dramatiq_main, make_argument_parser  # noqa: I001, PLC0415 -- reads the variable

    code: int = dramatiq_main(make_argument_parser().parse_args(words))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
