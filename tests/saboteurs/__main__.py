"""Tries saboteurs while one writes them: `python -m saboteurs [--quick] [NAME or REQUIREMENT…]`, in the folder `tests`."""

import argparse
import tempfile
from pathlib import Path

from saboteurs.proof import all_saboteurs
from saboteurs.runs import Runner
from saboteurs.targets import BASES, base_of


def main() -> None:
    """Run those named, or all, and print what each broke besides what it says."""
    parser = argparse.ArgumentParser(prog="saboteurs")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--quick", action="store_true", help="only the tests of the requirements that it names")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where everything is kept")
    options = parser.parse_args()
    chosen = [
        one
        for one in all_saboteurs().values()
        if one.applies and (not options.names or {one.name, one.breaks, one.breaks[:3]} & set(options.names))
    ]
    bases = dict.fromkeys(
        [name for name in BASES if name in options.names] + ([] if options.quick else [base_of(one).name for one in chosen])
    )
    folder = options.folder or Path(tempfile.mkdtemp(prefix="saboteurs-"))
    folder.mkdir(exist_ok=True)
    with Runner(folder, full=not options.quick, jobs=options.jobs) as runner:
        runner.begin([*bases, *(one.name for one in chosen)])
        for name in bases:
            run = runner.result(name)
            print(f"{name}: {run.seconds:.1f} s {run.trouble}")
            for row in sorted(run.broken() | run.unknown()):
                print(f"    {row} {run.verdicts[row]}: {run.reasons[row]}")
        for one in chosen:
            run = runner.result(one.name)
            before = set() if options.quick else runner.result(base_of(one).name).broken()
            expected = {one.breaks, *one.also} | ({"BCK-04"} if run.overclaimed() and "BCK-04" in run.broken() else set())
            seen, unknown = run.broken() - before, set() if options.quick else run.unknown() ^ set(one.unknown)
            print(f"{one.breaks} {one.name}: {run.seconds:.1f} s {run.trouble or ('as said' if seen == expected else '')}", flush=True)
            for row in sorted(seen ^ expected | unknown):
                word = "missed" if row in expected else "surplus" if row in seen else "unknown"
                print(f"    {word} {row} {run.verdicts.get(row)}: {run.reasons.get(row)}", flush=True)


if __name__ == "__main__":
    main()
