"""django-tasks-celery on RabbitMQ, with results in Redis, as users configure it."""

CELERY_BROKER_URL = "{rabbitmq}"
CELERY_RESULT_BACKEND = "{redis}"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_TRACK_STARTED = True
# Make Django's queue `default` the default queue of Celery, which is called `celery` otherwise.
CELERY_TASK_DEFAULT_QUEUE = "default"
# Celery's documentation: without these, RabbitMQ's queues ignore priorities, and a task without a priority comes last.
CELERY_TASK_QUEUE_MAX_PRIORITY = 255
CELERY_TASK_DEFAULT_PRIORITY = 128
TASKS = {
    "default": {
        "BACKEND": "django_tasks_celery.CeleryBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"CELERY_APP": "celery_app.app"},
    },
}
