"""A client of RabbitMQ's HTTP interface, which makes virtual hosts on a user's server: AMQP cannot."""

import base64
import http.client
import json
import os
from typing import Any
from urllib.parse import quote, urlsplit

from taskgauge.backends.services.errors import ServiceRefused, ServiceUrlWrong
from taskgauge.backends.services.urls import Given

VARIABLE = "TASKGAUGE_AMQP_MANAGEMENT_URL"
"""The environment variable with the URL of the interface, if that is not at port 15672 of the server."""
_PORT = 15672
_TIMEOUT = 10.0


class Management:
    """The management interface of one server, used with the user of the server's URL."""

    def __init__(self, server: Given) -> None:
        """Find the URL of the interface; raise ServiceUrlWrong."""
        self._server = server
        self._url = os.environ.get(VARIABLE) or f"http://{server.host}:{_PORT}"
        parts = urlsplit(self._url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ServiceUrlWrong(f"{VARIABLE} must be like http://host:{_PORT}")
        self._is_secure = parts.scheme == "https"
        self._place = (parts.hostname, parts.port or _PORT)
        secret = base64.b64encode(f"{server.user or 'guest'}:{server.password or 'guest'}".encode()).decode()
        self._headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}

    def create(self, name: str) -> None:
        """Create a virtual host with all rights for the server's user; raise ServiceRefused."""
        self._ask("PUT", f"vhosts/{quote(name, safe='')}", {})
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        user = quote(self._server.user or "guest", safe="")
        self._ask("PUT", f"permissions/{quote(name, safe='')}/{user}", everything)

    def delete(self, name: str) -> None:
        """Delete a virtual host with its content; raise ServiceRefused."""
        self._ask("DELETE", f"vhosts/{quote(name, safe='')}", missing_is_fine=True)

    def purge(self, name: str) -> None:
        """Remove the messages of all queues of a virtual host; raise ServiceRefused."""
        for queue in self._ask("GET", f"queues/{quote(name, safe='')}") or []:
            path = f"queues/{quote(name, safe='')}/{quote(queue['name'], safe='')}/contents"
            self._ask("DELETE", path, missing_is_fine=True)

    def close_connections(self, name: str) -> None:
        """Close all connections to a virtual host; raise ServiceRefused."""
        for connection in self._ask("GET", f"vhosts/{quote(name, safe='')}/connections") or []:
            self._ask("DELETE", f"connections/{quote(connection['name'], safe='')}", missing_is_fine=True)

    def _ask(self, method: str, path: str, body: Any = None, *, missing_is_fine: bool = False) -> Any:
        kind = http.client.HTTPSConnection if self._is_secure else http.client.HTTPConnection
        connection = kind(*self._place, timeout=_TIMEOUT)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"/api/{path}", body=text, headers=self._headers)
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._refused(f"{error}") from error
        finally:
            connection.close()
        if response.status >= 400 and not (missing_is_fine and response.status == 404):
            raise self._refused(f"{method} {path}: {response.status} {response.reason}")
        return json.loads(answer) if answer and response.status < 300 else None

    def _refused(self, reason: str) -> ServiceRefused:
        return ServiceRefused(
            f"{self._server.place}: Taskgauge needs a virtual host of its own, and the management interface at "
            f"{self._url} refuses that ({reason}): enable rabbitmq_management, or set {VARIABLE} to its URL"
        )
