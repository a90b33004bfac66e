"""The tables that Taskgauge does not empty."""

KEPT = frozenset({"auth_permission", "django_content_type", "django_migrations"})
"""The tables whose rows come from migrations."""
