"""django-tasks-rq, as its users write it."""

INSTALLED_APPS = ["django_tasks", "django_tasks_rq", "django_rq"]
RQ_QUEUES = {
    "default": {"URL": "{redis}", "DEFAULT_TIMEOUT": 360},
    "second": {"URL": "{redis}", "DEFAULT_TIMEOUT": 360},
    # Served by no worker: a queue of any name has to stand here before a task can name it.
    "third": {"URL": "{redis}", "DEFAULT_TIMEOUT": 360},
}
TASKS = {"default": {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": ["default", "second"]}}
