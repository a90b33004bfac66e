"""The run folder: one record class, one writer and one reader for each of its files."""
