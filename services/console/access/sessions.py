"""Sessions and bearer tokens, in a file of their own: signing in outlives the read model, which may be deleted.

Only the SHA-256 of a token is kept, so that who reads the file signs in as nobody. A session ends when it was not
used for IDLE, and at the latest after ABSOLUTE (OWASP session management: both, decided by the server).
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from services.console.access.roles import Permission, Role, allowed

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)

SESSION: Final = "session"
BEARER: Final = "bearer"

_TABLES: Final = """
create table if not exists session (
  digest text primary key, kind text not null, user text not null, roles text not null, csrf text not null,
  source text not null, created text not null, seen text not null, ends text not null) without rowid;
create index if not exists session_user on session (user);
create table if not exists opened (
  digest text not null, claim text not null, primary key (digest, claim)) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in."""

    id: str
    """digest of the token: names the session, opens nothing"""
    user: str
    roles: frozenset[str]
    csrf: str
    source: str
    """local | oidc | token"""
    bearer: bool = False
    """came with a token in a header, which no browser sends by itself"""

    @property
    def login(self) -> str:
        """Who is signed in, and through what: the console's answer to the operating system's user."""
        return f"{self.source}:{self.user}"

    def may(self, permission: Permission | str) -> bool:
        """Whether the roles give the permission."""
        return allowed(self.roles, Permission(permission))


def now() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


class Sessions:
    """The file of sessions (mode 0600). May be shared between threads."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._sql = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._sql.executescript("pragma journal_mode=wal; pragma busy_timeout=5000;" + _TABLES)

    def open(self, user: str, roles: Iterable[str], source: str) -> str:
        """Sign `user` in; returns the token for the cookie."""
        return self._add(SESSION, user, roles, source, ABSOLUTE)

    def issue(self, user: str, roles: Iterable[str], lasting: timedelta) -> str:
        """A bearer token for a program; returns it once."""
        return self._add(BEARER, user, roles, "token", lasting)

    def find(self, token: str, *, bearer: bool = False, by_itself: bool = False) -> Session | None:
        """Who the token is, null where it is unknown, ended or revoked. Notes that it was used, unless a page looks
        `by_itself`: nobody need be there."""
        digest, moment = _digest(token), self._clock()
        kind = BEARER if bearer else SESSION
        with self._lock:
            row = self._sql.execute(
                "select user, roles, csrf, source, seen, ends from session where digest = ? and kind = ?",
                (digest, kind),
            ).fetchone()
            if row is None:
                return None
            user, roles, csrf, source, seen, ends = row
            idle = not bearer and moment - datetime.fromisoformat(seen) > IDLE
            if idle or moment >= datetime.fromisoformat(ends):
                self._end("digest = ?", digest)
                return None
            if not by_itself:
                self._sql.execute(
                    "update session set seen = ? where digest = ?", (moment.isoformat(), digest)
                )
        return Session(digest, user, frozenset(roles.split()), csrf, source, bearer)

    def end(self, id_: str) -> None:
        """Sign one session out."""
        with self._lock:
            self._end("digest = ?", id_)

    def revoke(self, user: str) -> int:
        """End every session and token of a user; returns how many there were."""
        with self._lock:
            return self._end("user = ?", user)

    def note_opened(self, id_: str, claim: str) -> None:
        """The session has opened the patient of a claim key."""
        with self._lock:
            self._sql.execute("insert or ignore into opened values (?, ?)", (id_, claim))

    def has_opened(self, id_: str, claim: str) -> bool:
        """Whether this session has opened the patient of a claim key."""
        with self._lock:
            found = self._sql.execute("select 1 from opened where digest = ? and claim = ?", (id_, claim))
            return found.fetchone() is not None

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    def _add(self, kind: str, user: str, roles: Iterable[str], source: str, lasting: timedelta) -> str:
        token, moment = secrets.token_urlsafe(32), self._clock()
        known = " ".join(sorted(set(roles) & set(Role)))
        with self._lock:
            self._sql.execute(
                "insert into session values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(_digest(token), kind, user, known, secrets.token_urlsafe(32), source),
                    *(moment.isoformat(), moment.isoformat(), (moment + lasting).isoformat()),
                ),
            )
        return token

    def _end(self, where: str, value: str) -> int:
        self._sql.execute(
            f"delete from opened where digest in (select digest from session where {where})", (value,)
        )
        return self._sql.execute(f"delete from session where {where}", (value,)).rowcount


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
