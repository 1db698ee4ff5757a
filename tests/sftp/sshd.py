"""A real sshd of this machine, of the test alone: its own host key, port and authorized key, SFTP only."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from services.runtime.sftp_target import SftpTarget
from tests.e2e.installation import Installation

PATIENCE = 20.0


def find_sshd() -> str | None:
    """Debian keeps it where only root's path leads."""
    return shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@dataclass
class Sshd:
    """`home` holds its keys and its log; `root` is what partners see."""

    home: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True)
        for folder in ("inbound", "outbound"):
            (self.root / folder).mkdir()
        for name in ("host", "user", "stranger"):
            key = self.home / name
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        shutil.copy(self.home / "user.pub", self.home / "authorized_keys")
        self.port = self.port or free_port()
        self.trust("host")

    @property
    def root(self) -> Path:
        return self.home / "root"

    @property
    def known_hosts(self) -> Path:
        return self.home / "known_hosts"

    def trust(self, key: str) -> None:
        """Write the public key `key` into known_hosts as that of this server."""
        public = (self.home / f"{key}.pub").read_text().split()[:2]
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {' '.join(public)}\n")

    def start(self) -> None:
        sshd = find_sshd()
        assert sshd is not None
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its privilege separation wants it
        settings = {
            "Port": self.port,
            "ListenAddress": "127.0.0.1",
            "HostKey": self.home / "host",
            "AuthorizedKeysFile": self.home / "authorized_keys",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
            "StrictModes": "no",  # the keys lie in a folder of the tests
            "UsePAM": "no",
            "PidFile": "none",
            "MaxStartups": 100,
            "Subsystem": "sftp internal-sftp",
        }
        config = self.home / "sshd_config"
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        log = (self.home / "sshd.log").open("ab")
        self._process = subprocess.Popen([sshd, "-D", "-e", "-f", config], stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, (self.home / "sshd.log").read_text()
            assert time.monotonic() < deadline, "sshd does not answer"
            time.sleep(0.02)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as greeted:
            return greeted.recv(4) == b"SSH-"
        return False

    def stop(self) -> None:
        """It and its sessions are gone."""
        process, self._process = self._process, None
        if process is None:
            return
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
        )
        process.terminate()
        process.wait(timeout=PATIENCE)
        for pid in children.stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), 15)

    def target(self, **changed: object) -> SftpTarget:
        values: dict[str, object] = {
            "name": "clearinghouse",
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "known_hosts": self.known_hosts,
            "key_file": self.home / "user",
            "deliver_to": str(self.root / "inbound"),
            "pick_up_from": str(self.root / "outbound"),
            "seconds": 20,
            **changed,
        }
        return SftpTarget(**values)  # type: ignore[arg-type]

    def configure(self, installation: Installation, **changed: object) -> None:
        """Write the server into the configuration of an installation."""
        target = self.target(**changed)
        names = ("host", "port", "user", "known_hosts", "key_file", "deliver_to", "pick_up_from")
        lines = [f"{name} = {_toml(getattr(target, name))}" for name in names if getattr(target, name)]
        installation.data.mkdir(parents=True, exist_ok=True)
        text = f"[sftp.{target.name}]\n" + "\n".join(lines) + "\n"
        (installation.data / "reclaim.toml").write_text(text)


def _toml(value: object) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
