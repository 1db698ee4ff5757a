"""A console as a process: its folder, the thread that follows the log, the server."""

from __future__ import annotations

import errno
import socket
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import urlopen

import click
import uvicorn

from services.console.access.provider import Provider, ProviderError, read_provider
from services.console.access.sessions import Sessions
from services.console.access.users import Users
from services.console.app import create_app
from services.console.follower import Follower
from services.console.read_model.store import Store
from services.console.site import Site
from services.console.turns import Turns
from services.deployment.faults import WrongUse
from services.deployment.intake import uploads_of
from services.deployment.opening import opened
from services.runtime.settings import Settings

SERVICE: Final = "console"


@dataclass(frozen=True, slots=True)
class ConsoleFolder:
    """What the console keeps in the data folder. All of it may hold names of people: mode 0600."""

    data: Path

    @property
    def users(self) -> Path:
        return self.data / "console" / "users.json"

    @property
    def sessions(self) -> Path:
        return self.data / "console" / "sessions.sqlite3"

    @property
    def model(self) -> Path:
        return self.data / "console" / "read-model.sqlite3"

    @property
    def address(self) -> Path:
        """Where the console that runs on this folder listens; left behind where one was killed."""
        return self.data / "console" / "address"

    @property
    def uploads(self) -> Path:
        return uploads_of(self.data)


def serve(settings: Settings, listening: socket.socket, public_url: str | None) -> None:
    """Serve at a socket of `listen`, which is closed at the end, until told to stop."""
    folder = ConsoleFolder(settings.data)
    provider = None
    if settings.provider:
        try:
            provider = Provider(read_provider(settings.provider))
        except ProviderError as error:
            raise WrongUse(str(error)) from None
    with ExitStack() as stack:
        stack.callback(listening.close)
        deployment = stack.enter_context(opened(settings, SERVICE))
        sessions = Sessions(folder.sessions)
        stack.callback(sessions.close)
        hosts = ["127.0.0.1", "localhost", "[::1]"]
        if public_url is not None:
            hosts.append(urlsplit(public_url).hostname or "")
        turns = Turns(deployment, folder.uploads)
        model = Store(folder.model, deployment.log.identity)
        follower = Follower(deployment.log, model)
        site = Site(
            deployment=deployment,
            model=model,
            users=Users(folder.users),
            sessions=sessions,
            uploads=folder.uploads,
            secure=public_url is not None,
            hosts=tuple(hosts),
            public_url=public_url,
            provider=provider,
            nudge=turns.nudge,
            reached_end=follower.reached_end,
            standstill=follower.standstill,
        )
        config = uvicorn.Config(create_app(site), log_level="warning", access_log=False, server_header=False)
        stop = threading.Event()
        thread = threading.Thread(target=follower.follow, args=(stop,), name="follower")
        thread.start()
        turns.start()
        turns.nudge()
        try:
            with suppress(KeyboardInterrupt):  # the way to stop it, told on once it has stopped
                Announcing(config, public_url, folder.address).run([listening])
        finally:
            folder.address.unlink(missing_ok=True)
            stop.set()
            thread.join()
            turns.stop()


def listen(host: str, port: int) -> socket.socket:
    """A socket at the address, before anything else is begun. Raises WrongUse."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, protocol)
    except OSError:
        raise WrongUse(f"--host {host}: this machine knows no such address") from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen()
    except OSError as error:
        made.close()
        raise WrongUse(_REFUSED.get(error.errno or 0, _NO_ADDRESS).format(host=host, port=port)) from None
    return made


_NO_ADDRESS: Final = "--host {host}: this machine has no such address"
_REFUSED: Final = {
    errno.EADDRINUSE: "port {port} is taken, perhaps by another console: choose one with --port (0 takes a free one)",
    errno.EACCES: "port {port} is not for this user: choose one from 1024 on with --port",
}


_HERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""How this machine reaches what listens at every address."""


def running_at(folder: ConsoleFolder) -> str | None:
    """The address of the console that runs on a folder of this machine; null where none answers."""
    try:
        address = folder.address.read_text("utf-8").strip()
        with urlopen(f"{address}/healthz", timeout=2):
            return address
    except (OSError, ValueError, HTTPException):
        return None


class Announcing(uvicorn.Server):
    """Says its address once it listens: with port 0 nobody else knows it."""

    def __init__(self, config: uvicorn.Config, public_url: str | None, note: Path) -> None:
        super().__init__(config)
        self._public_url = public_url
        self._note = note

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                host, port = listening.getsockname()[:2]
                host = _HERE.get(host, host)
                here = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
                self._note.touch(mode=0o600)
                self._note.write_text(f"{here}\n", "utf-8")
                click.echo(f"The console is at {self._public_url or here}")
