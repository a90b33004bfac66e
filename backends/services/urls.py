"""URLs of servers that users give in the environment."""

import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from taskgauge.backends.services.errors import ServiceUrlWrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A server's URL and its parts."""

    variable: str
    """The environment variable with the URL, for messages."""
    url: str
    scheme: str
    host: str
    port: int
    user: str
    password: str
    path: str
    """The part after the host, without the first slash: a database or a virtual host."""

    @property
    def place(self) -> str:
        """The server's name in messages, without the password."""
        return f"{self.variable} ({self.host}:{self.port})"


def given(variable: str, schemes: tuple[str, ...], port: int) -> Given | None:
    """Return the server that an environment variable names, or None; raise ServiceUrlWrong."""
    url = os.environ.get(variable)
    if not url:
        return None
    try:
        parts = urlsplit(url)
        number = parts.port or port
    except ValueError as error:
        raise ServiceUrlWrong(f"{variable} is not a URL: {error}") from error
    if parts.scheme not in schemes or not parts.hostname:
        raise ServiceUrlWrong(f"{variable} must be like {schemes[0]}://user:password@host:{port}/name")
    return Given(
        variable=variable,
        url=url,
        scheme=parts.scheme,
        host=parts.hostname,
        port=number,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        path=unquote(parts.path.removeprefix("/")),
    )
