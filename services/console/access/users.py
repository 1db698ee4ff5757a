"""The local user file of the embedded default: names, roles, and passwords as Argon2id hashes. Mode 0600."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from services.console.access.roles import Role

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")

LEAST_PASSWORD: Final = 12
"""Characters (NIST SP 800-63B-4 asks for 15 where nothing else is asked, 8 as a second factor; this is between, and
the rate limit of signing in stands beside it)."""

MOST_PASSWORD: Final = 256
"""Characters: hashing is made slow on purpose, and must not be made slower from outside."""

_HASHER: Final = PasswordHasher()
"""Argon2id with the library's own parameters, those of RFC 9106 for little memory."""

_NOBODY: Final = _HASHER.hash("nobody has this password")
"""Checked where no such user exists, so that the time of an answer does not tell who exists."""


class UserFileError(Exception):
    """The file cannot be read, or a name or password is not good enough. The text says what to do; never a value."""


class User(BaseModel):
    """One who may sign in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    roles: tuple[Role, ...]
    password: str
    """Argon2id, in its own text form"""


_USERS: Final = TypeAdapter(list[User])


class Users:
    """The users of a file; it is read at each question, so that a change counts at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> tuple[User, ...]:
        """Everybody, by name. Raises UserFileError."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return ()
        try:
            return tuple(_USERS.validate_json(text))
        except ValidationError:
            raise UserFileError(
                "the file of users cannot be read: restore it, or remove it and add users"
            ) from None

    def find(self, name: str) -> User | None:
        """The user of this name."""
        return next((user for user in self.all() if user.name == name), None)

    def check(self, name: str, password: str) -> User | None:
        """The user whose password it is, else null. Takes as long where there is no such user."""
        user = self.find(name.strip().lower())
        try:
            _HASHER.verify(user.password if user is not None else _NOBODY, password[:MOST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        return user

    def add(self, name: str, roles: Iterable[Role], password: str) -> User:
        """Add a user, or give one new roles and a new password. Raises UserFileError."""
        if not NAME.fullmatch(name):
            raise UserFileError("a name has small letters, digits and . _ @ -, and at most 64 of them")
        if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
            raise UserFileError(f"a password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters")
        user = User(name=name, roles=tuple(sorted(set(roles))), password=_HASHER.hash(password))
        if not user.roles:
            raise UserFileError("a user needs a role")
        self._write([*(other for other in self.all() if other.name != name), user])
        return user

    def remove(self, name: str) -> bool:
        """Whether there was such a user; there is none now."""
        kept = [user for user in self.all() if user.name != name]
        if len(kept) == len(self.all()):
            return False
        self._write(kept)
        return True

    def _write(self, users: Iterable[User]) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = self.path.with_name(f"{self.path.name}.new")
        made.touch(mode=0o600)
        made.write_text(
            json.dumps(
                [user.model_dump(mode="json") for user in sorted(users, key=lambda u: u.name)], indent=2
            ),
            "utf-8",
        )
        made.replace(self.path)
