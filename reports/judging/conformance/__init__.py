"""The verdicts on targets: read from `conformance/<target>.json`, set beside each other, and compared."""
