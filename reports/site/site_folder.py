"""The folder of a site: pages of each run, `latest`, the start page, badges and raw data."""

import io
import tarfile
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from taskgauge.reports.pages.bench import flat_records
from taskgauge.reports.pages.conformance import flat_records as conformance_records
from taskgauge.reports.run_folder.documents import write_whole
from taskgauge.reports.run_folder.errors import ReportNotWritable
from taskgauge.reports.site.badges import badge_json, badges
from taskgauge.reports.site.edition import Edition, edition_of, latest
from taskgauge.reports.site.markup import asset, render
from taskgauge.reports.site.names import safe_name
from taskgauge.reports.site.page_set import NAVIGATION, Page, pages, start_page
from taskgauge.reports.site.site_errors import NoRunLeft, NotASite
from taskgauge.reports.site.site_run import SiteRun, published_runs, read_site_runs

MARKER = "runs.html"
"""The file by which a folder is recognized as a site."""
_ASSETS = ("site.css", "site.js")
_LARGEST = 2_000_000
"""The bytes of the largest file of a run folder that its archive holds; captures of memory are larger."""
_KINDS = ("*.json", "*.jsonl", "*.trace.gz")
_OMITTED = {"log", ".benchmarks"}
_COLUMNS = ("name", "id", "level", "verdict", "inherited", "known", "reason", "test", "expected", "seen", "command")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltSite:
    """A site that was written: its runs, its files, and a line for each run that was left out."""

    runs: tuple[SiteRun, ...]
    files: int
    size: int
    problems: tuple[str, ...]


def build_site(
    paths: Sequence[Path], out: Path, *, today: date, responses: Path | None = None, strict: bool = False
) -> BuiltSite:
    """Write the site of run folders into `out`. If `strict`, one that cannot be read is enough to write nothing.

    A path is a run folder, or a folder of published runs. `responses` is a folder with a text file for each backend
    whose author responds; by default it is the folder `responses` beside published runs. A run that is left out has a
    line in `problems`, which the error NoRunLeft carries, too. Raises NoRunLeft, NotASite, ReportNotWritable.
    """
    runs, problems = read_site_runs(paths)
    if not runs or (strict and problems):
        raise NoRunLeft(problems, strict=strict)
    if out.exists() and not (out / MARKER).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise NotASite(out)
    sizes: dict[str, int] = {}
    try:
        for path, content in _files(runs, today, read_responses(responses or _responses_beside(paths))):
            if isinstance(content, str):
                write_whole(out / path, content)
            else:
                (out / path).parent.mkdir(parents=True, exist_ok=True)
                (out / path).write_bytes(content)
            sizes[path] = len(content.encode()) if isinstance(content, str) else len(content)
        _remove_old(out / "latest", {out / path for path in sizes})
    except OSError as error:
        raise ReportNotWritable(out, error.strerror or "it is not writable") from error
    return BuiltSite(runs=tuple(runs), files=len(sizes), size=sum(sizes.values()), problems=tuple(problems))


def _remove_old(latest_pages: Path, written: Collection[Path]) -> None:
    """Remove the pages of `latest` that an earlier build wrote and this one did not."""
    for path in latest_pages.rglob("*"):
        if path.is_file() and path not in written:
            path.unlink()


def _responses_beside(paths: Sequence[Path]) -> Path | None:
    folders = [path / "responses" for path in paths if published_runs(path)]
    return next((folder for folder in folders if folder.is_dir()), None)


def read_responses(folder: Path | None) -> dict[str, str]:
    """Return the texts of a folder's files by the name of their backend."""
    if folder is None:
        return {}
    return {path.stem: path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.txt"))}


def _files(runs: Sequence[SiteRun], today: date, responses: Mapping[str, str]) -> Iterator[tuple[str, str | bytes]]:
    editions = [edition_of(run, runs) for run in runs]
    for edition in (*editions, latest(runs)):
        for page in pages(edition, responses):
            yield f"{edition.place}/{page.path}", _page(edition, page)
        yield f"{edition.place}/data.html", _page(edition, _data_page(edition))
        for name in _ASSETS:
            yield f"{edition.place}/{name}", asset(name)
    for run in runs:
        yield from ((f"r/{run.name}/data/{name}", content) for name, content in _data(run).items())
    newest = latest(runs)
    yield "index.html", _page(newest, start_page(newest), at_root=True)
    made = {safe_name(name): badge for name, badge in badges(list(runs), today).items()}
    for name, badge in made.items():
        yield f"badge/{name}.svg", render("badge.svg.j2", badge=badge)
        yield f"badge/{name}.json", badge_json(badge)
    # The marker comes last: a folder without it was not written to its end.
    yield MARKER, _runs_page(newest, runs, made)


def _page(edition: Edition, page: Page, *, at_root: bool = False) -> str:
    depth = page.path.count("/")
    up = f"{edition.place}/" if at_root else "../" * depth
    root = "" if at_root else "../" * (depth + edition.place.count("/") + 1)

    def permanent(run: SiteRun | None) -> str:
        return f"{root}r/{run.name}/" if run and edition.is_latest else up

    return render(
        "pointer.html.j2" if edition.stands_in_its_run(page.path) else page.template,
        title=page.title,
        path=page.path,
        up=up,
        root=root,
        permanent=permanent(page.source),
        to_targets=permanent(edition.conformance),
        to_backends=permanent(edition.conformance) if edition.stands_in_its_run("backends/") else up,
        to_shapes=permanent(edition.bench),
        to_run=permanent,
        canonical=f"{permanent(page.source)}{page.path}" if edition.is_latest else "",
        navigation=NAVIGATION,
        source=page.source,
        warnings=_warnings(edition) if page.path == "index.html" else page.source.warnings,
        **page.context,
    )


def _warnings(edition: Edition) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for run in edition.runs for line in run.warnings))


def _runs_page(edition: Edition, runs: Sequence[SiteRun], made: Mapping[str, object]) -> str:
    return render(
        "runs.html.j2",
        title="Runs and badges",
        path=MARKER,
        up=f"{edition.place}/",
        root="",
        permanent="",
        canonical="",
        navigation=NAVIGATION,
        source=None,
        warnings=(),
        runs=runs,
        badges=list(made.items()),
    )


def _data_page(edition: Edition) -> Page:
    root = "../" * (edition.place.count("/") + 1)
    links = [
        (f"{root}r/{run.name}/data/{name}", f"{name} of {run.name}", _WORDS[name])
        for run in edition.runs
        for name in _names(run)
    ]
    return Page(
        path="data.html", title="Raw data", template="data.html.j2", source=edition.newest, context={"data": links}
    )


_WORDS = {
    "conformance.csv.zip": "every verdict on every target, with reason and command",
    "measurements.csv.zip": "every measurement, and the evidence for each claim",
    "run.tar.xz": "the files of the run folder, without logs and captures of memory",
}


def _names(run: SiteRun) -> list[str]:
    kinds = {
        "conformance.csv.zip": run.is_conformance,
        "measurements.csv.zip": run.is_bench or run.is_dispatch,
        "run.tar.xz": True,
    }
    return [name for name, exists in kinds.items() if exists]


def _data(run: SiteRun) -> dict[str, bytes]:
    content: dict[str, bytes] = {"run.tar.xz": _archive(run.folder.path)}
    if run.is_conformance:
        rows = [{name: row[name] for name in _COLUMNS} for row in conformance_records.records(run.checked)]
        content["conformance.csv.zip"] = _zipped({"conformance.csv": flat_records.to_csv(rows, _COLUMNS).encode()})
    if run.is_bench or run.is_dispatch:
        table = flat_records.to_csv(flat_records.records(run.analysis))
        content["measurements.csv.zip"] = _zipped({"measurements.csv": table.encode()})
    return content


def _archive(folder: Path) -> bytes:
    """Return the files of a run folder as an archive that is the same each time it is made."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:xz") as archive:
        for path in sorted({path for kind in _KINDS for path in folder.rglob(kind) if path.is_file()}):
            inside = path.relative_to(folder)
            if inside.parts[0] not in _OMITTED and inside.name not in _REPORTS and path.stat().st_size <= _LARGEST:
                entry = tarfile.TarInfo(inside.as_posix())
                entry.size = path.stat().st_size
                with path.open("rb") as content:
                    archive.addfile(entry, content)
    return made.getvalue()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Return an archive that is the same each time it is made."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


_REPORTS = {"conformance.json", "measurements.json"}
"""Files that `taskgauge report` makes from the rest."""
