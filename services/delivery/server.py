"""A partner's SFTP server as a place for files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from services.delivery.place import PlaceError, Temporary, read_name
from services.runtime.sftp import Sftp, SftpError


class Server:
    """The folder `folder` of a server. Files lie in it directly, under their own names; a temporary name begins with
    a dot, so that neither partners nor their patterns take it. Calls raise PlaceError with the code of SftpError."""

    def __init__(self, sftp: Sftp, folder: str) -> None:
        self._sftp = sftp
        self._folder = PurePosixPath(folder)

    def find(self, file: str) -> str | None:
        try:
            data = self._sftp.read(self._place(file))
        except SftpError as error:
            raise PlaceError(error.code) from None
        return None if data is None else hashlib.sha256(data).hexdigest()

    def stage(self, file: str, mark: str, data: bytes) -> None:
        try:
            self._sftp.put(self._temporary(file, mark), data)
        except SftpError as error:
            raise PlaceError(error.code) from None

    def staged(self, file: str, mark: str) -> bool:
        try:
            return self._sftp.exists(self._temporary(file, mark))
        except SftpError as error:
            raise PlaceError(error.code) from None

    def move(self, file: str, mark: str) -> None:
        try:
            self._sftp.rename(self._temporary(file, mark), self._place(file))
        except SftpError as error:
            raise PlaceError(error.code) from None

    def temporaries(self) -> Iterator[Temporary]:
        try:
            found = self._sftp.hidden(str(self._folder))
        except SftpError as error:
            raise PlaceError(error.code) from None
        for file in found:
            if (named := read_name(file.path.removeprefix("."), ".part")) is not None:
                yield Temporary(*named, file.modified)

    def discard(self, temporary: Temporary) -> None:
        try:
            self._sftp.remove(self._temporary(temporary.number, temporary.mark))
        except SftpError as error:
            raise PlaceError(error.code) from None

    def rest(self) -> None:
        self._sftp.close()

    def _place(self, file: str) -> str:
        return str(self._folder / PurePosixPath(file).name)

    def _temporary(self, file: str, mark: str) -> str:
        return str(self._folder / f".{PurePosixPath(file).stem}.{mark}.part")
