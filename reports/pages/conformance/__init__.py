"""Pages on what targets keep."""
