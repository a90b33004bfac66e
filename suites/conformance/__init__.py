"""The conformance suite: what each backend really promises, one verdict for each requirement of Django's."""
