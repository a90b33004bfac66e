"""The pages and sections of a report, one module for each."""
