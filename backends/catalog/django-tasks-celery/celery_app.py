"""The Celery app, as Celery's documentation recommends for a Django project."""

from celery import Celery

app = Celery("taskgauge")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
