"""A second alias over the same Celery app."""

TASKS["second"] = {
    "BACKEND": "django_tasks_celery.CeleryBackend",
    "QUEUES": ["default", "second"],
    "OPTIONS": {"CELERY_APP": "celery_app.app"},
}
