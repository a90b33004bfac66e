TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
