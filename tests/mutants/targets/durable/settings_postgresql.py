"""The durable queue in PostgreSQL."""

TASKS = {"default": {"BACKEND": "mutants.durable.Durable", "QUEUES": ["default", "second"]}}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "{postgresql_host}",
        "PORT": "{postgresql_port}",
        "USER": "{postgresql_user}",
        "PASSWORD": "{postgresql_password}",
        "NAME": "{postgresql_name}",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    },
}
