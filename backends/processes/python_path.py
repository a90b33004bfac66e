"""Reads PYTHONPATH so that it holds in every folder."""

import os


def python_path() -> list[str]:
    """Return the folders of this process's PYTHONPATH as absolute paths; an empty entry is the working directory."""
    path = os.environ.get("PYTHONPATH", "")
    return [os.path.abspath(entry) for entry in path.split(os.pathsep)] if path else []  # noqa: PTH100 -- keeps links
