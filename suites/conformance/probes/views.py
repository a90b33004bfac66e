"""An asynchronous view that enqueues a task, and how to have it answer a request as an ASGI server would."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path


async def enqueue(request: HttpRequest) -> JsonResponse:
    """Enqueue `note` under the key in the query, or look up the result whose id is there."""
    try:
        return JsonResponse(await _answer(request.GET))
    except Exception as error:  # what a user would see in a log
        return JsonResponse({"raised": f"{type(error).__name__}: {error}"})


async def _answer(query: Mapping[str, str]) -> dict[str, str]:
    from taskgauge.suites.conformance.tasks.basic import note  # noqa: PLC0415 -- needs the settings

    if "key" in query:
        return {"id": (await note.aenqueue(query["key"])).id}
    found = await note.aget_result(query["id"])
    await found.arefresh()
    return {"id": found.id}


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
