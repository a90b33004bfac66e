"""The pages of an edition: the place, the template and the content of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from taskgauge.reports.judging.conformance.checked_targets import Checked
from taskgauge.reports.pages.bench.behaviour_tables import behaviour_section
from taskgauge.reports.pages.bench.claim_tables import HOW_TO_READ, evidence_section, verdict_table
from taskgauge.reports.pages.bench.measurement_tables import measurement_sections, run_section
from taskgauge.reports.pages.bench.target_tables import target_sections
from taskgauge.reports.pages.bench.trust_tables import control_section, growth_section
from taskgauge.reports.pages.conformance.behaviour import behaviour_sections
from taskgauge.reports.pages.conformance.open_rows import targets_section
from taskgauge.reports.pages.conformance.summary import summary
from taskgauge.reports.rendering.document import Section, Table
from taskgauge.reports.site.backend_tables import KILLS, costs_table, dispatch_tables, facts_table
from taskgauge.reports.site.documentation import DOCUMENTS, document
from taskgauge.reports.site.edition import Edition
from taskgauge.reports.site.glance import backend_of, backend_page, glances
from taskgauge.reports.site.interval_chart import interval_chart
from taskgauge.reports.site.matrix import matrix
from taskgauge.reports.site.shape_costs import costs_of, glance_table, variant_page, variants
from taskgauge.reports.site.site_run import SiteRun

_DISPATCH = "dispatch.html"
NAVIGATION = (
    ("index.html", "Results"),
    ("backends/index.html", "Backends"),
    ("requirements/index.html", "Requirements"),
    ("claims/index.html", "Claims"),
    ("result-types/index.html", "Result types"),
    (_DISPATCH, "Dispatch"),
    ("method.html", "Method"),
    ("glossary.html", "Glossary"),
    ("provenance.html", "Provenance"),
    ("data.html", "Raw data"),
)
"""The pages that every page links to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page; `source` is the run that it shows, of which `latest` has a copy."""

    path: str
    title: str
    template: str
    source: SiteRun
    context: Mapping[str, Any] = field(default_factory=dict)


def pages(edition: Edition, responses: Mapping[str, str]) -> Iterator[Page]:
    """Yield the pages of an edition. `responses` are the texts of backends' authors, by backend."""
    yield start_page(edition)
    yield from _backends(edition, responses)
    yield from _requirements(edition)
    yield from _claims(edition)
    yield from _result_types(edition)
    for name, path in DOCUMENTS.items():
        title, body = document(name)
        yield Page(path=path, title=title, template="document.html.j2", source=edition.newest, context={"body": body})
    yield _provenance(edition)


def start_page(edition: Edition) -> Page:
    """Return the start page: results at a glance, what is new, and the matrix."""
    checked = edition.conformance.checked if edition.conformance else ()
    return Page(
        path="index.html",
        title="Django task backends and task objects: what holds, and what it costs",
        template="start.html.j2",
        source=edition.newest,
        context={
            "runs": edition.runs,
            "summary": summary(checked),
            "bench": edition.bench,
            "with_claims": edition.with_claims,
            "matrix": edition.matrix,
            "glances": glances(checked),
            "shapes": glance_table(edition.bench.analysis) if edition.bench else None,
            "variants": variants(edition.bench.analysis) if edition.bench else (),
            "changes": edition.changes,
        },
    )


def _backends(edition: Edition, responses: Mapping[str, str]) -> Iterator[Page]:
    source = edition.conformance or edition.newest
    checked = edition.conformance.checked if edition.conformance else ()
    by_backend: dict[str, list[Checked]] = {}
    for target in sorted(checked, key=lambda target: target.name):
        by_backend.setdefault(backend_of(target.target.target), []).append(target)
    yield Page(
        path="backends/index.html",
        title="Backends",
        template="backends.html.j2",
        source=source,
        context={
            "glances": glances(checked),
            "backends": [(name, [target.name for target in targets]) for name, targets in by_backend.items()],
        },
    )
    for backend, targets in by_backend.items():
        own = matrix(targets)
        yield Page(
            path=backend_page(backend),
            title=backend,
            template="backend.html.j2",
            source=source,
            context={
                "facts": facts_table(targets),
                "glances": glances(targets),
                "matrix": own,
                "by_verdict": own.by_verdict,
                "kills": [row for row in own.rows if row.requirement.id in KILLS],
                "behaviour": [*behaviour_sections(targets), _settings(targets)],
                "costs": costs_table(edition.bench.analysis, backend) if edition.bench else None,
                "dispatch": dispatch_tables(edition.dispatch.analysis, backend) if edition.dispatch else (),
                "response": responses.get(backend, ""),
            },
        )


def _settings(targets: list[Checked]) -> Section:
    section = targets_section(targets, [])
    return Section(title="Installed and configured", tables=section.tables)


def _requirements(edition: Edition) -> Iterator[Page]:
    source = edition.conformance or edition.newest
    whole = edition.matrix
    yield Page(
        path="requirements/index.html",
        title="Requirements",
        template="requirements.html.j2",
        source=source,
        context={"matrix": whole},
    )
    rows = whole.rows if whole else ()
    for before, row, after in zip((None, *rows), rows, (*rows[1:], None), strict=False):
        yield Page(
            path=row.page,
            title=f"Requirement {row.requirement.id}",
            template="requirement.html.j2",
            source=source,
            context={"matrix": whole, "row": row, "previous": before, "next": after},
        )


def _claims(edition: Edition) -> Iterator[Page]:
    yield Page(
        path="claims/index.html",
        title="Claims",
        template="claims.html.j2",
        source=edition.bench or edition.dispatch or edition.newest,
        context={"runs": edition.with_claims, "versions": _by_version(edition)},
    )
    made: dict[str, Page] = {}
    for run in edition.with_claims:
        analysis = run.analysis
        for verdict, table in zip(analysis.verdicts, evidence_section([analysis]).tables, strict=True):
            path = f"claims/{verdict.claim.id}.html"
            # The run on whole backends comes last: its page is the one of a claim that two runs decide.
            made[path] = Page(
                path=path,
                title=verdict.claim.claim,
                template="claim.html.j2",
                source=run,
                context={
                    "item": verdict,
                    "evidence": replace(table, caption=f"Evidence, {analysis.label}"),
                    "how_to_read": HOW_TO_READ,
                },
            )
    yield from made.values()


def _by_version(edition: Edition) -> Table | None:
    """Return the verdicts on claims by Python and Django; None if there is only one of each."""
    analyses = [run.analysis for run in edition.versions]
    if len(analyses) < 2:
        return None
    return replace(verdict_table(analyses), caption="Verdicts by version of Python and Django, the newest run of each")


def _result_types(edition: Edition) -> Iterator[Page]:
    source = edition.bench or edition.newest
    analysis = edition.bench.analysis if edition.bench else None
    known_parts = list(_parts(edition.bench)) if edition.bench else []
    yield Page(
        path="result-types/index.html",
        title="Result types",
        template="result_types.html.j2",
        source=source,
        context={
            "bench": edition.bench,
            "shapes": glance_table(analysis) if analysis else None,
            "variants": variants(analysis) if analysis else (),
            "parts": [(path, section.title) for path, section in known_parts],
        },
    )
    for path, section in known_parts:
        if path != _DISPATCH:
            yield _sections_page(path, section.title, source, [section])
    yield _dispatch(edition, [section for path, section in known_parts if path == _DISPATCH])
    for name in variants(analysis) if analysis else ():
        costs = costs_of(analysis, name) if analysis else ()
        yield Page(
            path=variant_page(name),
            title=f"{name} against today's classes",
            template="variant.html.j2",
            source=source,
            context={"name": name, "costs": costs, "chart": interval_chart(name, costs)},
        )


def _dispatch(edition: Edition, of_result_types: list[Section]) -> Page:
    """Return the page on dispatch: the costs of whole backends, then what the result type changes there."""
    sections = [*(target_sections([edition.dispatch.analysis]) if edition.dispatch else ()), *of_result_types]
    source = edition.dispatch or edition.bench or edition.newest
    words = () if sections else ("This run measured no dispatch of tasks.",)
    return _sections_page(_DISPATCH, "Dispatch", source, sections, *words)


def _parts(run: SiteRun) -> Iterator[tuple[str, Section]]:
    """Yield the sections on the measurements of a run, each with the path of its page."""
    dispatch = next((part.title for part in run.folder.registry.parts if part.name == "dispatch"), "")
    sections = [
        *measurement_sections([run.analysis]),
        behaviour_section([run.analysis]),
        control_section([run.analysis]),
        growth_section([run.analysis]),
    ]
    for section in filter(None, sections):
        if section.title == dispatch:
            yield _DISPATCH, section
        elif section.tables:
            yield f"result-types/part-{section.anchor}.html", section


def _sections_page(path: str, title: str, source: SiteRun, sections: list[Section], *paragraphs: str) -> Page:
    return Page(
        path=path,
        title=title,
        template="sections.html.j2",
        source=source,
        context={"parts": sections, "paragraphs": paragraphs},
    )


def _provenance(edition: Edition) -> Page:
    sections = [run_section([replace(run.analysis, label=run.name) for run in edition.runs])]
    if edition.conformance:
        sections.append(targets_section(edition.conformance.checked, [edition.conformance.folder]))
    words = "The machine, the versions, the command and the parts of each run that these pages show."
    return _sections_page("provenance.html", "Provenance", edition.newest, sections, words)
