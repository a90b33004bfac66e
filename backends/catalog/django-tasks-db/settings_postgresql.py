"""django-tasks-db on PostgreSQL, as users configure it."""

INSTALLED_APPS = ["django_tasks_db"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "second"]}}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "{postgresql_host}",
        "PORT": "{postgresql_port}",
        "USER": "{postgresql_user}",
        "PASSWORD": "{postgresql_password}",
        "NAME": "{postgresql_name}",
    },
}
