"""Child processes: this package alone starts them, captures their output, and ends them."""
