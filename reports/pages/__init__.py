"""One module per page or section of a report."""
