"""Published results: run folders in a compact form, with tables that a code host shows."""
