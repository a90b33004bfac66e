"""The run folder: a record class, a writer and a reader for each of its files."""
