"""The conformance suite: it checks a backend against Django's requirements and gives one verdict per requirement."""
