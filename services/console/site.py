"""What the console works on, and how a route gets at it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from services.console.access.limits import POSTS, SIGN_IN, Buckets
from services.console.access.provider import Provider
from services.console.access.sessions import Sessions
from services.console.access.users import Users
from services.console.actions.once import Sent
from services.console.follower import Standstill
from services.console.live import Live
from services.console.queries.records import placed
from services.console.read_model.store import Store
from services.deployment.opening import Deployment


@dataclass(frozen=True, slots=True)
class Site:
    """One console: the installation it speaks for, its read model, and who may come in."""

    deployment: Deployment
    """its reads see committed records only; what it publishes has the source `/reclaim/console`"""
    model: Store
    users: Users
    sessions: Sessions
    uploads: Path
    """the inbox that uploaded files are put into"""
    secure: bool = False
    """reached through TLS: cookies say so"""
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    """the names under which it answers"""
    sign_ins: Buckets = field(default_factory=lambda: Buckets(SIGN_IN))
    public_url: str | None = None
    """how browsers reach it, where a proxy ends TLS before it"""
    provider: Provider | None = None
    """an OpenID Connect provider, where one is configured"""
    nudge: Callable[[], None] = lambda: None
    """told that something was asked for, so that it is worked off where nobody else does"""
    reached_end: Callable[[], bool] = lambda: True
    """whether the read model has reached the log's end once since the start; until then pages say that they do not
    show everything"""
    standstill: Callable[[], Standstill | None] = lambda: None
    """why the read model is not brought up to date, where it is not"""
    posts: Buckets = field(default_factory=lambda: Buckets(POSTS))
    sent: Sent = field(default_factory=Sent)
    live: Live = field(default_factory=Live)

    def reader(self, model: sqlite3.Connection) -> Deployment:
        """The installation, of which one claim is read by its places."""
        return placed(self.deployment, model)


def site_of(request: Request) -> Site:
    """The site of a request."""
    site: Site = request.app.state.site
    return site


def _model(site: Annotated[Site, Depends(site_of)]) -> Iterator[sqlite3.Connection]:
    with site.model.reading() as connection:
        yield connection


ThisSite = Annotated[Site, Depends(site_of)]
"""A parameter of a route: the site."""

Model = Annotated[sqlite3.Connection, Depends(_model)]
"""A parameter of a route: the read model, one unchanging view of it while the route runs."""
