"""The pages of a conformance run."""
