"""Child processes: the only code that starts them, captures their output, and ends them."""
