"""One table, for tasks that use a database and for tests of transactions."""

from typing import Any

from django.db import models


class Row(models.Model):
    """A row with a text that a test or a task wrote."""

    text: Any = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return str(self.text)
