"""Runs the scripts: `python -m reproductions [NAME or TARGET…]`, in the folder `tests`.

It makes an environment for each set of dependencies with uv. The exit code is 0 if each script shows its fault, 1 if a
fault is gone, 2 if a script cannot run. `--readme` writes the results into `README.md`. `--run FOLDER` runs nothing: it
lists the FAIL and OVERCLAIM of a run folder that no script shows, and the scripts that no longer accuse rightly.
"""

# ruff: noqa: T201 -- that is how it answers

import argparse
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from reproductions.accusations import differences
from reproductions.run import Result, Run, run
from reproductions.script import all_scripts
from reproductions.table import write_table


def main() -> int:
    """Run the scripts that are named, or all, and return the exit code."""
    parser = argparse.ArgumentParser(prog="reproductions", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="scripts, folders or targets; all by default")
    parser.add_argument("--environments", type=Path, default=Path(".nox", "reproductions"), help="their folder")
    parser.add_argument("--readme", action="store_true", help="write the results into the table of README.md")
    parser.add_argument("--run", type=Path, help="compare the scripts with the verdicts of this run folder")
    options = parser.parse_args()
    scripts = all_scripts()
    if options.run:
        lines = differences(scripts, options.run)
        print("\n".join(lines) or "Each FAIL and OVERCLAIM has a script.")
        return int(bool(lines))
    wanted = [
        (script, target)
        for script in scripts
        for target in script.targets
        if not options.names or {script.name, script.path.parent.name, target} & set(options.names)
    ]
    if not wanted:
        parser.error("no script has that name")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the script that runs is ended, too
    runs: list[Run] = []
    for script, target in wanted:
        runs.append(run(script, target, options.environments))
        print(f"{script.name} {target}: {runs[-1].result.name}\n{runs[-1].output}", flush=True)
        if options.readme:
            write_table(runs[-1:], scripts, datetime.now(UTC).date())
    results = {run.result for run in runs}
    return int(Result.NOT_RUN if Result.NOT_RUN in results else Result.GONE in results)


if __name__ == "__main__":
    sys.exit(main())
