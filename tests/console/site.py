"""A console in a test: the real application over a real embedded log, and somebody signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.testclient import TestClient

from services.console.access.roles import Role
from services.console.access.sessions import Sessions
from services.console.access.users import Users
from services.console.app import create_app
from services.console.follower import Follower
from services.console.read_model.store import Store
from services.console.serving import SERVICE, ConsoleFolder
from services.console.site import Site
from services.console.turns import Turns
from services.deployment.opening import opened
from services.runtime.settings import load_settings

ADDRESS: Final = "http://127.0.0.1:8620"
PASSWORD: Final = "correct horse battery"


@dataclass(frozen=True, slots=True)
class House:
    """A console over the data folder `data`."""

    data: Path
    site: Site
    follower: Follower
    turns: Turns

    def work_off(self) -> None:
        """Have the services answer what was asked, and the read model see it."""
        assert self.turns.turn()
        self.follower.catch_up()

    def client(self, *roles: Role, name: str = "ana") -> TestClient:
        """A browser in which `name` is signed in with these roles; with none, nobody is."""
        client = TestClient(create_app(self.site), base_url=ADDRESS, follow_redirects=False)
        if roles:
            token = self.site.sessions.open(name, roles, "local")
            client.cookies.set("reclaim_session", token)
        return client


@contextmanager
def console(data: Path) -> Iterator[House]:
    """The console over `data`, which may be empty; its read model is up to date."""
    folder = ConsoleFolder(data)
    with opened(load_settings({}, data=data), SERVICE) as deployment:
        sessions = Sessions(folder.sessions)
        model = Store(folder.model, deployment.log.identity)
        follower = Follower(deployment.log, model)
        site = Site(
            deployment,
            model,
            Users(folder.users),
            sessions,
            folder.uploads,
            reached_end=follower.reached_end,
        )
        follower.catch_up()
        try:
            yield House(data, site, follower, Turns(deployment, site.uploads))
        finally:
            sessions.close()


def csrf_of(client: TestClient, page: str) -> str:
    """The token that the page's forms carry."""
    found = re.search(r'name="csrf" (?:value|content)="([^"]+)"', client.get(page).text)
    assert found is not None
    return found[1]
