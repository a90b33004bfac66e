"""The forms of a document: HTML, Markdown, and text for a terminal."""
