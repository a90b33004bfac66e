"""Pages on what was measured, and on the claims that it decides."""
