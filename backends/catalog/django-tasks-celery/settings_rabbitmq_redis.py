"""django-tasks-celery on RabbitMQ, with results in Redis, as its users write it."""

CELERY_BROKER_URL = "{rabbitmq}"
CELERY_RESULT_BACKEND = "{redis}"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_TRACK_STARTED = True
# Django's queue `default` is Celery's default queue, which has another name unless it is told.
CELERY_TASK_DEFAULT_QUEUE = "default"
# Without these RabbitMQ's queues know no priorities, and a task without one comes last, as Celery's documentation says.
CELERY_TASK_QUEUE_MAX_PRIORITY = 255
CELERY_TASK_DEFAULT_PRIORITY = 128
TASKS = {
    "default": {
        "BACKEND": "django_tasks_celery.CeleryBackend",
        "QUEUES": ["default", "second"],
        "OPTIONS": {"CELERY_APP": "celery_app.app"},
    },
}
