"""A document as HTML, as Markdown, or as a terminal's text."""
