"""The conformance suite: it checks a backend against Django's requirements and gives one verdict per requirement.

A new requirement is a row of `requirements.toml`, and a test in the module of `tests` for its chapter.
"""
