"""django-ox on PostgreSQL, as users configure it, with one attempt for each task and a shorter lock timeout."""

INSTALLED_APPS = ["django_ox"]
TASKS = {
    "default": {
        "BACKEND": "django_ox.backend.OxBackend",
        "QUEUES": ["default", "second"],
        # The defaults are three attempts and five minutes: a task of a killed worker would stay RUNNING for that time.
        "OPTIONS": {"MAX_ATTEMPTS": 1, "LOCK_TIMEOUT": 12},
    },
}
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
