"""django-absurd, as users configure it, with one attempt for each task."""

INSTALLED_APPS = ["django_absurd"]
TASKS = {
    "default": {
        "BACKEND": "django_absurd.backends.AbsurdBackend",
        "QUEUES": ["default", "second"],
        # The default is five attempts.
        "OPTIONS": {"DEFAULT_MAX_ATTEMPTS": 1},
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
