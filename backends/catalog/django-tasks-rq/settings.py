"""django-tasks-rq, as users configure it."""

INSTALLED_APPS = ["django_tasks", "django_tasks_rq", "django_rq"]
RQ_QUEUES = {
    "default": {"URL": "{redis}", "DEFAULT_TIMEOUT": 360},
    "second": {"URL": "{redis}", "DEFAULT_TIMEOUT": 360},
    # No worker serves this queue, but RQ accepts only tasks for queues of this setting.
    "third": {"URL": "{redis}", "DEFAULT_TIMEOUT": 360},
}
TASKS = {"default": {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": ["default", "second"]}}
