"""Runs the gate again and again on a known slow-down.

It is started with `python -m gate_validation KIND… --share 0.1 --gates 10 --out FOLDER`. The kinds are
`nothing`, `computing`, `allocating`, `statement`, `round-trip` and `lock`; without a name all. What is in the folder
already is kept, so that hours of work can be done in parts. `--table` measures nothing and prints what it holds.
"""

# ruff: noqa: T201 -- that is how it answers

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from gate_validation.slowed import KINDS, wheels
from gate_validation.table import table

BURN = "while True: pass"
_ENDED = frozenset({0, 1})
"""Exit codes of a gate that came to an end, whatever it found."""


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(prog="gate_validation", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], metavar="KIND")
    parser.add_argument("--share", type=float, default=0.1, help="how much slower head is")
    parser.add_argument("--gates", type=int, default=10, help="gates of each kind")
    parser.add_argument("--busy", action="store_true", help="keep both cores busy with something else")
    parser.add_argument("--out", type=Path, required=True, help="where everything is kept")
    parser.add_argument("--table", action="store_true", help="measure nothing")
    options = parser.parse_args()
    if not options.table:
        burners = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(2 if options.busy else 0)]
        try:
            for kind in options.kinds or KINDS:
                run(kind, options.share, options.gates, options.out.resolve(), busy=options.busy)
        finally:
            for burner in burners:
                burner.kill()
                burner.wait()
    print(table(options.out))


def run(kind: str, share: float, gates: int, out: Path, *, busy: bool) -> None:
    """Run the gates of one kind that are not there yet; head's true share is found anew for each kind and folder."""
    folder = out / f"{kind}-{share:g}{'-busy' if busy else ''}"
    about = folder / "about.json"
    if not about.exists():
        base, head, seen = wheels(KINDS[kind], share, folder)
        facts = {"kind": kind, "share": share, "measured": seen, "busy": busy}
        about.write_text(json.dumps(facts | {"base": base.name, "head": head.name}))
    facts = json.loads(about.read_text())
    print(f"{folder.name}: head was measured to take {facts['measured']:+.1%}", flush=True)
    for number in range(gates):
        gate = folder / f"gate-{number:02}"
        seconds = folder / f"{gate.name}.seconds"
        if seconds.exists():
            continue
        shutil.rmtree(gate, ignore_errors=True)  # of one that was interrupted
        begin = time.monotonic()
        words = [str(Path(sys.executable).with_name("taskgauge")), "gate", "--part", "duet", "--out", str(gate)]
        sides = ["--base", str(folder / facts["base"]), "--head", str(folder / facts["head"])]
        done = subprocess.run([*words, *sides], cwd=folder, capture_output=True, text=True, check=False)
        (folder / f"{gate.name}.txt").write_text(done.stdout + done.stderr)
        if done.returncode not in _ENDED:
            sys.exit(f"{gate.name} did not end: exit {done.returncode}; see {gate}.txt")
        seconds.write_text(f"{time.monotonic() - begin:.0f}")
        first = next((line for line in done.stdout.splitlines() if line.strip()), done.stderr.strip()[-200:])
        print(f"  {gate.name}: exit {done.returncode}, {time.monotonic() - begin:.0f} s: {first}", flush=True)


if __name__ == "__main__":
    main()
