"""An app whose tasks are run on every target of the catalogue."""
