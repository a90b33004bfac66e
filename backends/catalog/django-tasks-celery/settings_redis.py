"""django-tasks-celery on Redis, as users configure it."""

CELERY_BROKER_URL = "{redis}"
CELERY_RESULT_BACKEND = "{redis}"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_TRACK_STARTED = True
# Make Django's queue `default` the default queue of Celery, which is called `celery` otherwise.
CELERY_TASK_DEFAULT_QUEUE = "default"
TASKS = {
    "default": {
        "BACKEND": "django_tasks_celery.CeleryBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"CELERY_APP": "celery_app.app"},
    },
}
