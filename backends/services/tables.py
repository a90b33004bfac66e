"""What is left in a database that is emptied."""

KEPT = frozenset({"auth_permission", "django_content_type", "django_migrations"})
"""Tables whose rows migrations make."""
