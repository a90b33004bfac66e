"""An asynchronous view that enqueues a task, and a function that calls it as an ASGI server would."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path


async def enqueue(request: HttpRequest) -> JsonResponse:
    """Enqueue `note` with the key in the query, or look up the result with the id in the query."""
    try:
        return JsonResponse(await _answer(request.GET))
    except Exception as error:  # the answer reports it
        return JsonResponse({"raised": f"{type(error).__name__}: {error}"})


async def _answer(query: Mapping[str, str]) -> dict[str, str]:
    from taskgauge.suites.conformance.tasks.basic import note  # noqa: PLC0415 -- needs the settings

    if "key" in query:
        return {"id": (await note.aenqueue(query["key"])).id}
    result = await note.aget_result(query["id"])
    await result.arefresh()
    return {"id": result.id}


urlpatterns = [path("", enqueue)]


async def ask(query: str) -> Any:
    """Send the view a request with this query, and return the content of its answer."""
    from django.core.asgi import get_asgi_application  # noqa: PLC0415 -- needs the settings
    from django.test import override_settings  # noqa: PLC0415

    sent: list[Mapping[str, Any]] = []
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        # After the request the client only waits.
        return messages.pop() if messages else await asyncio.Future()

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode("ascii")}
    with override_settings(ROOT_URLCONF=__name__):
        await get_asgi_application()(scope, receive, send)
    return json.loads(b"".join(message.get("body", b"") for message in sent))
