"""An asynchronous view that enqueues a task, and how to have it answer a request as an ASGI server would."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path


async def enqueue(request: HttpRequest) -> JsonResponse:
    """Enqueue `note` under the key in the query, and look the result up where that is supported."""
    try:
        return JsonResponse(await _enqueue(request.GET["key"]))
    except Exception as error:  # what a user would see in a log
        return JsonResponse({"raised": f"{type(error).__name__}: {error}"})


async def _enqueue(key: str) -> dict[str, str]:
    from taskgauge.suites.conformance.tasks.basic import note  # noqa: PLC0415 -- needs the settings

    result = await note.aenqueue(key)
    found = result
    if note.get_backend().supports_get_result:
        found = await note.aget_result(result.id)
        await result.arefresh()
    return {"id": result.id, "found": found.id}


urlpatterns = [path("", enqueue)]


async def ask(query: str) -> Any:
    """Return the content of the view's answer to a request with this query."""
    from django.core.asgi import get_asgi_application  # noqa: PLC0415 -- needs the settings
    from django.test import override_settings  # noqa: PLC0415

    sent: list[Mapping[str, Any]] = []
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        # After the request comes nothing: the client waits.
        return messages.pop() if messages else await asyncio.Future()

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode("ascii")}
    with override_settings(ROOT_URLCONF=__name__):
        await get_asgi_application()(scope, receive, send)
    return json.loads(b"".join(message.get("body", b"") for message in sent))
