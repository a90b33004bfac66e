TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}
