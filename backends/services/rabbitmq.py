"""RabbitMQ as a service: one virtual host of a server."""

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from taskgauge.backends.processes.supervised_process import ProcessNotStarted, SupervisedProcess
from taskgauge.backends.services.counters import NotCounted
from taskgauge.backends.services.errors import ServiceRefused
from taskgauge.backends.services.folders import data_folder
from taskgauge.backends.services.leftovers import removed_whatever_happens
from taskgauge.backends.services.management import Management
from taskgauge.backends.services.ports import LOOPBACK, free_port
from taskgauge.backends.services.rabbitmq_messages import RabbitMQMessages
from taskgauge.backends.services.server import Server, started_on_a_free_port
from taskgauge.backends.services.service import Service
from taskgauge.backends.services.urls import Given, given

_SCHEMES = ("amqp", "amqps")
_PORT = 5672
_TIMEOUT = 5.0
_CONTROL = 60.0
"""The seconds that `rabbitmqctl` may take; it starts an Erlang virtual machine."""
_NAME = "taskgauge"
# The package's own scripts come first: its wrappers on PATH change the user and the folder.
_FOLDERS = ("/usr/lib/rabbitmq/bin", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
_CONFIGURATION = """
listeners.tcp.1 = {host}:{port}
default_vhost = {name}
default_user = {name}
default_pass = {password}
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
log.console = true
log.console.level = info
log.file = false
"""


class RabbitMQ(Service):
    """One virtual host of a RabbitMQ server."""

    kind: ClassVar[str] = "rabbitmq"
    variable: ClassVar[str] = "TASKGAUGE_AMQP_URL"
    client: ClassVar[str] = "amqp"

    def __init__(self, server: Server | None, url: Given, name: str) -> None:
        """Take the server if Taskgauge started it, the server's URL, and the virtual host's name."""
        super().__init__(server)
        self._url = url
        self._name = name

    @classmethod
    def without_server(cls) -> str | None:
        """Return the reason why there is no server and none can be started here, or None."""
        if os.environ.get(cls.variable):
            return None
        missing = [name for name in ("rabbitmq-server", "rabbitmqctl", "erl", "epmd") if _binary(name) is None]
        return f"{missing[0]} is not on PATH, and {cls.variable} is not set" if missing else None

    @classmethod
    @contextmanager
    def started(cls, logs: Path) -> Iterator[Self]:
        """Make a virtual host on the user's server, or start a server; raise ServiceError."""
        server = given(cls.variable, _SCHEMES, _PORT)
        with cls._ours(logs) if server is None else cls._given(server) as service:
            yield service

    @classmethod
    def remove_leftover(cls, name: str) -> None:
        """Delete the virtual host of a dead run."""
        server = given(cls.variable, _SCHEMES, _PORT)
        if server is not None:
            Management(server).delete(name)

    @classmethod
    @contextmanager
    def _given(cls, server: Given) -> Iterator[Self]:
        _connect(server, server.path or "/")
        management, name = Management(server), f"{_NAME}-{secrets.token_hex(6)}"
        with removed_whatever_happens(cls.kind, name, server):
            management.create(name)
            try:
                yield cls(None, server, name)
            finally:
                management.delete(name)

    @classmethod
    @contextmanager
    def _ours(cls, logs: Path, plugins: Sequence[str] = (), more: str = "") -> Iterator[Self]:
        password = secrets.token_hex(16)
        with data_folder() as folder, _port_mapper(folder, logs) as mapper:
            (folder / "enabled_plugins").write_text(f"[{','.join(plugins)}].\n", encoding="utf-8")

            def make(port: int) -> _Broker:
                text = _CONFIGURATION.format(host=LOOPBACK, port=port, name=_NAME, password=password)
                (folder / "rabbitmq.conf").write_text(text + more, encoding="utf-8")
                url = _url(port, password)
                return _Broker(
                    name="rabbitmq-server",
                    words=[_binary("rabbitmq-server") or "rabbitmq-server"],
                    environment=_environment(folder, mapper),
                    folder=folder,
                    log=logs / "rabbitmq.log",
                    port=port,
                    probe=lambda: _connect(url, _NAME),
                )

            server = started_on_a_free_port(make)
            try:
                yield cls(server, _url(server.port, password), _NAME)
            finally:
                server.kill()

    @property
    def placeholders(self) -> Mapping[str, str]:
        """The URL of the virtual host and its parts."""
        url = self._url
        base = "/".join(url.url.split("?")[0].split("/")[:3])
        return {
            "rabbitmq": f"{base}/{self._name}",
            "rabbitmq_host": url.host,
            "rabbitmq_port": str(url.port),
            "rabbitmq_user": url.user,
            "rabbitmq_password": url.password,
            "rabbitmq_virtual_host": self._name,
        }

    @contextmanager
    def beside(self) -> Iterator[Self]:
        """Yield another virtual host, since emptying keeps the declared queues."""
        name = f"{self._name}-{secrets.token_hex(3)}"
        if isinstance(self._server, _Broker):
            # The virtual host is removed with its server.
            self._server.control("add_vhost", name)
            self._server.control("set_permissions", "--vhost", name, _NAME, ".*", ".*", ".*")
            yield type(self)(self._server, self._url, name)
            return
        management = Management(self._url)
        with removed_whatever_happens(self.kind, name, self._url):
            management.create(name)
            try:
                yield type(self)(None, self._url, name)
            finally:
                management.delete(name)

    @contextmanager
    def counted(self) -> Iterator[RabbitMQMessages]:
        """Count the messages of a server of Taskgauge; raise NotCounted for a user's server."""
        if not isinstance(self._server, _Broker):
            raise NotCounted("the global counters of a given broker are out of reach")
        yield RabbitMQMessages(self._server.control)

    def try_to_write(self) -> None:
        """Connect only, since the limits of a queue belong to the target; raise ServiceRefused."""
        _connect(self._url, self._name)

    def drop_connections(self) -> None:
        """Close all connections to the virtual host."""
        if isinstance(self._server, _Broker):
            self._server.control("close_all_connections", "--vhost", self._name, "dropped by Taskgauge")
        else:
            Management(self._url).close_connections(self._name)

    def empty(self) -> None:
        """Remove the messages of all queues."""
        if isinstance(self._server, _Broker):
            code = f'[rabbit_amqqueue:purge(Q) || Q <- rabbit_amqqueue:list(<<"{self._name}">>)], ok.'
            self._server.control("eval", code)
        else:
            Management(self._url).purge(self._name)


@dataclass(slots=True, kw_only=True)
class _Broker(Server):
    """A RabbitMQ server with its control command."""

    def control(self, *words: str) -> str:
        """Run `rabbitmqctl` and return its output in one line; raise ServiceRefused."""
        command = [_binary("rabbitmqctl") or "rabbitmqctl", "--node", self.environment["RABBITMQ_NODENAME"], *words]
        with tempfile.TemporaryFile() as output:
            try:
                process = SupervisedProcess(command, environment=self.environment, folder=self.folder, output=output)
            except ProcessNotStarted as error:
                raise ServiceRefused(f"rabbitmqctl {words[0]}: {error}") from error
            with process:
                code = process.wait(_CONTROL)
            output.seek(0)
            said = " ".join(output.read().decode(errors="replace").split())
        if code is None:
            raise ServiceRefused(f"rabbitmqctl {words[0]} did not finish within {_CONTROL:g} s: {said}")
        if code:
            raise ServiceRefused(f"rabbitmqctl {words[0]} ended with code {code}: {said}")
        return said


@contextmanager
def _port_mapper(folder: Path, logs: Path) -> Iterator[Server]:
    """Run an `epmd` of our own: the one that Erlang would start listens everywhere and outlives the server."""

    def probe(port: int) -> None:
        socket.create_connection((LOOPBACK, port), _TIMEOUT).close()

    def make(port: int) -> Server:
        return Server(
            name="epmd",
            words=[_binary("epmd") or "epmd", "-address", LOOPBACK, "-port", str(port)],
            environment=os.environ,
            folder=folder,
            log=logs / "epmd.log",
            port=port,
            probe=lambda: probe(port),
        )

    server = started_on_a_free_port(make)
    try:
        yield server
    finally:
        server.kill()


def _environment(folder: Path, mapper: Server) -> dict[str, str]:
    """Return an environment in which server and control use only loopback, and see no other RabbitMQ."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))}
    loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
    return own | {
        # Erlang keeps the shared secret of its processes in the home folder.
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(mapper.port),
        "RABBITMQ_NODENAME": f"{folder.name}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
        "RABBITMQ_CTL_ERL_ARGS": loopback,
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "configuration"),
        "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }


def _binary(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([*_FOLDERS[:1], os.environ.get("PATH", ""), *_FOLDERS[1:]]))


def _url(port: int, password: str) -> Given:
    return Given(
        variable="RabbitMQ",
        url=f"amqp://{_NAME}:{password}@{LOOPBACK}:{port}/{_NAME}",
        scheme="amqp",
        host=LOOPBACK,
        port=port,
        user=_NAME,
        password=password,
        path=_NAME,
    )


def _connect(url: Given, name: str) -> None:
    import amqp  # noqa: PLC0415 -- the package is needed only where RabbitMQ is used

    connection = amqp.Connection(
        host=f"{url.host}:{url.port}",
        userid=url.user or "guest",
        password=url.password or "guest",
        virtual_host=name,
        ssl=url.scheme.endswith("s"),
        connect_timeout=_TIMEOUT,
        read_timeout=_TIMEOUT,
        write_timeout=_TIMEOUT,
    )
    try:
        connection.connect()
        connection.close()
    except (OSError, amqp.AMQPError) as error:
        raise ServiceRefused(f"{url.place} refuses the connection: {' '.join(str(error).split())}") from error
