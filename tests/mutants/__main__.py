"""Tries mutants while one writes them: `python -m mutants [--quick] [NAME or REQUIREMENT…]`, in folder `tests`."""

# ruff: noqa: T201 -- that is how it answers

import argparse
import tempfile
from pathlib import Path

from mutants.breaking import Mutant
from mutants.proof import all_mutants
from mutants.runs import Run, Runner
from mutants.targets import BASES, base_of, why_not


def main() -> None:
    """Run those named, or all, and print what each broke besides what it says."""
    parser = argparse.ArgumentParser(prog="mutants")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--quick", action="store_true", help="only the tests of the requirements that it names")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where everything is kept")
    options = parser.parse_args()
    names = set(options.names)
    chosen = [one for one in all_mutants().values() if not why_not(one)]
    if names:
        chosen = [one for one in chosen if {one.name, one.breaks, one.breaks[:3], base_of(one).name} & names]
    bases = [name for name in BASES if name in names]
    if not options.quick:
        bases += [base_of(one).name for one in chosen]
    folder = options.folder or Path(tempfile.mkdtemp(prefix="mutants-"))
    folder.mkdir(exist_ok=True)
    with Runner(folder, full=not options.quick, jobs=options.jobs) as runner:
        runner.begin([*dict.fromkeys(bases), *(one.name for one in chosen)])
        for name in dict.fromkeys(bases):
            run = runner.result(name)
            print(f"{name}: {run.seconds:.1f} s {run.trouble}", flush=True)
            tell(run, run.broken() | run.unknown(), "")
        for one in chosen:
            before = Run(verdicts={}, reasons={}, seconds=0, trouble="")
            compare(one, runner.result(one.name), before if options.quick else runner.result(base_of(one).name))


def compare(mutant: Mutant, run: Run, before: Run) -> None:
    """Print what a run said of a mutant besides what it says itself."""
    expected, seen = mutant.expected(), run.broken() - before.broken()
    unknown = run.unknown() - before.unknown() if before.verdicts else set()
    word = run.trouble or ("as said" if seen == expected and not unknown else "")
    print(f"{mutant.breaks} {mutant.name}: {run.seconds:.1f} s {word}", flush=True)
    tell(run, expected - seen, "missed ")
    tell(run, seen - expected, "surplus ")
    tell(run, unknown, "unknown ")


def tell(run: Run, names: set[str], word: str) -> None:
    """Print verdicts with their reasons."""
    for name in sorted(names):
        print(f"    {word}{name} {run.verdicts.get(name)}: {run.reasons.get(name)}", flush=True)


if __name__ == "__main__":
    main()
