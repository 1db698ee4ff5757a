"""A visit to a partner's SFTP server, through asyncssh: blocking calls, each with a deadline.

The host key must stand in the target's known_hosts. One log-in serves all calls until `close`; the event loop runs
within a call only, so a session that nobody uses is closed, not kept.
"""

from __future__ import annotations

import asyncio
import stat
import time
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TypeVar

import asyncssh

from services.runtime.sftp_target import SftpTarget

T = TypeVar("T")

CHUNK: Final = 1 << 18

_PAUSE: Final = 1.0
"""Seconds between two attempts to log in, each time one more."""

_DEEPEST: Final = 8
"""Folders below the one that is picked up from. A server may hold circles of links."""

# Its lines name users and hosts.
asyncssh.set_log_level("CRITICAL")
asyncssh.set_sftp_log_level("CRITICAL")


class SftpError(Exception):
    """A visit failed. `code` is one of WORDS; never a name or a text of the server."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


WORDS: Final = {
    "host_key": "its host key is not in known_hosts, or is another one there: ask the partner for the key's "
    "fingerprint, compare, and add it",
    "known_hosts": "the file known_hosts of its settings cannot be read",
    "key": "the key file cannot be read, or needs RECLAIM_SFTP_<NAME>_PASSPHRASE",
    "login": "the server refuses the log-in: check user, key or password",
    "unreachable": "the server does not answer: check host, port and network",
    "permission": "the server does not let us read and write in that folder",
    "no_folder": "the server has no such folder",
    "full": "the server has no space left",
    "refused": "the server refuses",
    "read_back": "the server does not give back what was written",
    "unknown_target": "the configuration has no such [sftp.NAME], or it has no deliver_to",
}
"""What a code means to a person."""

_PASSING: Final = frozenset({"unreachable"})
"""What may be over in a moment."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of the server: its path below the folder, its size in bytes, its modification time in seconds."""

    path: str
    size: int
    modified: int


class Sftp:
    """One server. Every call raises SftpError. Not shared between threads.

    `tries`: how often a log-in is tried where the server does not answer.
    """

    def __init__(self, target: SftpTarget, tries: int = 1) -> None:
        self._target = target
        self._tries = tries
        self._runner: asyncio.Runner | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    @property
    def name(self) -> str:
        """Of the server, in the configuration."""
        return self._target.name

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, null where there is none."""
        return self._run(self._read(path))

    def exists(self, path: str) -> bool:
        return self._run(self._size(path)) is not None

    def put(self, path: str, data: bytes) -> None:
        """Have `path` hold exactly `data`, flushed as far as the server can, and read back. What an upload that broke
        off has left is continued where it is a beginning of `data`, else replaced."""
        self._run(self._put(path, data))

    def rename(self, old: str, new: str) -> None:
        """At once; refused where `new` is there already."""
        self._run(self._rename(old, new))

    def remove(self, path: str) -> None:
        """Nothing where nothing is there."""
        self._run(self._remove(path))

    def hidden(self, folder: str) -> list[RemoteFile]:
        """The regular files directly in a folder whose names begin with a dot."""
        return self._run(self._hidden(folder))

    def files(self, folder: str) -> Iterator[RemoteFile]:
        """Every regular file below a folder; names that begin with a dot, and links, are left out."""
        return iter(self._run(self._files(folder, "", 0)))

    def look_at(self, folder: str, path: str) -> RemoteFile | None:
        """One file below a folder as it is now, null where it is gone."""
        return self._run(self._look_at(folder, path))

    def fetch(self, path: str, into: BinaryIO) -> None:
        """Copy the bytes of a file as they stand now; the deadline is of each chunk."""
        offset = 0
        while chunk := self._run(self._chunk(path, offset)):
            into.write(chunk)
            offset += len(chunk)

    def close(self) -> None:
        """Log out, if anybody is logged in."""
        runner, connection = self._runner, self._connection
        self._runner = self._connection = self._client = None
        if runner is None:
            return
        try:
            if connection is not None:
                connection.close()
                runner.run(asyncio.wait_for(connection.wait_closed(), self._target.seconds))
        except (TimeoutError, OSError, asyncssh.Error):
            pass  # the log-out of a connection that is lost
        finally:
            runner.close()

    # One call

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            self._connect()
            return self._timed(work)
        except SftpError:
            self.close()
            raise
        finally:
            work.close()

    def _timed(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._runner is not None
        try:
            return self._runner.run(asyncio.wait_for(work, self._target.seconds))
        except (asyncssh.Error, OSError, ValueError) as error:
            # Not chained: its text may name a user or a path.
            raise SftpError(_code(error)) from None

    def _connect(self) -> None:
        if self._client is not None:
            return
        for attempt in range(1, self._tries + 1):
            if self._runner is None:
                self._runner = asyncio.Runner()
            try:
                self._connection, self._client = self._timed(self._log_in())
                return
            except SftpError as error:
                if attempt == self._tries or error.code not in _PASSING:
                    raise
            time.sleep(_PAUSE * attempt)

    async def _log_in(self) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
        target = self._target
        if not target.known_hosts.is_file():
            raise SftpError("known_hosts")
        keys: dict[str, Any] = {"agent_path": None, "client_keys": None}
        if target.key_file is not None:
            try:
                keys["client_keys"] = [asyncssh.read_private_key(target.key_file, target.passphrase)]
            except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
                raise SftpError("key") from None
        elif target.password is None:
            keys = {}
        connection = await asyncssh.connect(
            target.host,
            target.port,
            username=target.user,
            password=target.password,
            known_hosts=str(target.known_hosts),
            config=None,
            login_timeout=target.seconds,
            connect_timeout=target.seconds,
            **keys,
        )
        try:
            return connection, await connection.start_sftp_client(path_errors="surrogateescape")
        except BaseException:
            connection.abort()
            raise

    @property
    def _sftp(self) -> asyncssh.SFTPClient:
        assert self._client is not None
        return self._client

    async def _size(self, path: str) -> int | None:
        try:
            return (await self._sftp.stat(path)).size or 0
        except asyncssh.SFTPNoSuchFile:
            return None

    async def _read(self, path: str) -> bytes | None:
        try:
            async with self._sftp.open(path, "rb") as file:
                return _bytes(await file.read())
        except asyncssh.SFTPNoSuchFile:
            return None

    async def _put(self, path: str, data: bytes) -> None:
        begun = await self._read(path) or b""
        start = len(begun) if data.startswith(begun) else 0
        async with self._sftp.open(path, "r+b" if start else "wb") as file:
            if start < len(data):
                await file.write(data[start:], start)
            with suppress(asyncssh.SFTPOpUnsupported):  # an extension of OpenSSH
                await file.fsync()
        if await self._read(path) != data:
            raise SftpError("read_back")

    async def _rename(self, old: str, new: str) -> None:
        await self._sftp.rename(old, new)

    async def _remove(self, path: str) -> None:
        with suppress(asyncssh.SFTPNoSuchFile):
            await self._sftp.remove(path)

    async def _hidden(self, folder: str) -> list[RemoteFile]:
        return [
            RemoteFile(name, entry.attrs.size or 0, int(entry.attrs.mtime or 0))
            async for entry in self._sftp.scandir(folder)
            if (name := _name(entry)).startswith(".") and stat.S_ISREG(entry.attrs.permissions or 0)
        ]

    async def _files(self, folder: str, below: str, depth: int) -> list[RemoteFile]:
        found: list[RemoteFile] = []
        folders: list[str] = []
        async for entry in self._sftp.scandir(f"{folder}/{below}" if below else folder):
            name, attributes = _name(entry), entry.attrs
            if name.startswith(".") or "/" in name or "\0" in name:
                continue
            path = f"{below}/{name}" if below else name
            mode = attributes.permissions or 0
            if stat.S_ISDIR(mode):
                folders.append(path)
            elif stat.S_ISREG(mode):
                found.append(RemoteFile(path, attributes.size or 0, int(attributes.mtime or 0)))
        if depth < _DEEPEST:
            for path in folders:
                found += await self._files(folder, path, depth + 1)
        return sorted(found, key=lambda file: file.path)

    async def _look_at(self, folder: str, path: str) -> RemoteFile | None:
        try:
            attributes = await self._sftp.lstat(f"{folder}/{path}")
        except asyncssh.SFTPNoSuchFile:
            return None
        return RemoteFile(path, attributes.size or 0, int(attributes.mtime or 0))

    async def _chunk(self, path: str, offset: int) -> bytes:
        async with self._sftp.open(path, "rb") as file:
            return _bytes(await file.read(CHUNK, offset))


_CODES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (asyncssh.HostKeyNotVerifiable, "host_key"),
    (asyncssh.PermissionDenied, "login"),
    (asyncssh.SFTPNoSuchFile, "no_folder"),
    (asyncssh.SFTPNoSuchPath, "no_folder"),
    (asyncssh.SFTPPermissionDenied, "permission"),
    (asyncssh.SFTPWriteProtect, "permission"),
    (asyncssh.SFTPNoSpaceOnFilesystem, "full"),
    (asyncssh.SFTPQuotaExceeded, "full"),
    (asyncssh.SFTPConnectionLost, "unreachable"),
    (asyncssh.SFTPNoConnection, "unreachable"),
    (asyncssh.SFTPError, "refused"),
    (asyncssh.KeyExchangeFailed, "host_key"),
    (asyncssh.DisconnectError, "unreachable"),
    (OSError, "unreachable"),
)


def _code(error: Exception) -> str:
    return next((code for kind, code in _CODES if isinstance(error, kind)), "refused")


def _name(entry: asyncssh.SFTPName) -> str:
    name = entry.filename
    return name.decode(errors="surrogateescape") if isinstance(name, bytes) else name


def _bytes(data: bytes | str) -> bytes:
    """What a file that was opened for bytes gives."""
    return data.encode() if isinstance(data, str) else data
