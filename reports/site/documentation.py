"""Documents of the project as pages of the site: Markdown to markup, with links to the site's own pages."""

import re
from collections.abc import Mapping
from importlib.resources import files

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

DOCUMENTS: Mapping[str, str] = {
    "method.md": "method.html",
    "method-changelog.md": "method-changelog.html",
    "what-dominates.md": "what-dominates.html",
    "glossary.md": "glossary.html",
    "reading-the-report.md": "reading.html",
    "metrics.md": "metrics.html",
    "run-folder.md": "run-folder.html",
}
"""The page of each document, by its file."""


def document(name: str) -> tuple[str, Markup]:
    """Return the title and the body of a document."""
    source = files("taskgauge.docs").joinpath(name).read_text(encoding="utf-8")
    text = re.sub(r"<!--.*?-->\n?", "", source, flags=re.DOTALL)
    title, _, body = text.partition("\n")
    return title.removeprefix("# ").strip(), markup(body)


def markup(text: str) -> Markup:
    """Return Markdown as markup. Links to documents lead to their pages; links to other files lose their address."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token in tokens:
        _anchor(token, tokens)
        if token.children:
            token.children = _linked(token.children)
    html = parser.renderer.render(tokens, parser.options, {})
    for number in range(1, html.count("<table>") + 1):
        region = f'<div class="wide" role="region" aria-label="Table {number}" tabindex="0"><table >'
        html = html.replace("<table>", region, 1)
    return Markup(html.replace("</table>", "</table></div>").replace("<th>", '<th scope="col">'))  # noqa: S704 -- html is off


def _anchor(token: Token, tokens: list[Token]) -> None:
    if token.type == "heading_open":
        title = tokens[tokens.index(token) + 1].content
        token.attrSet("id", "".join(mark if mark.isalnum() else "-" for mark in title.lower()))


def _linked(children: list[Token]) -> list[Token]:
    kept, dropped = [], 0
    for child in children:
        if child.type == "link_open":
            address = str(child.attrGet("href") or "")
            name, _, anchor = address.partition("#")
            if name in DOCUMENTS:
                child.attrSet("href", DOCUMENTS[name] + (f"#{anchor}" if anchor else ""))
            elif not address.startswith(("https://", "#")):
                dropped += 1
                continue
        elif child.type == "link_close" and dropped:
            dropped -= 1
            continue
        kept.append(child)
    return kept
