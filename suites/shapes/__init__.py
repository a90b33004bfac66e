"""The suite of result types: what each shape costs to create, read, copy, pickle, hold and send."""
