"""A console as people use it: the real command over a copy of the examples, a real browser in front of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page

from schemas.envelope import Event
from services.console.access.roles import Role
from services.console.access.sessions import Sessions
from services.console.access.users import Users
from services.console.queries.worklist import PAGE
from services.console.serving import ConsoleFolder
from services.deployment.opening import opened
from services.runtime.records import decode_event
from services.runtime.settings import load_settings
from tests.e2e.installation import PROJECT, Installation

PASSWORD: Final = "correct horse battery"
CHROMIUM: Final = shutil.which("chromium") or "/usr/bin/chromium"

ARGUMENTS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

ANSWER_MS: Final = 30_000
"""How long a test waits for an event to come back: the machine may be busy."""

PEOPLE: Final = {
    "ana": (Role.CODER, Role.APPROVER),
    "bea": (Role.APPROVER,),
    "cody": (Role.CODER,),
    "vera": (Role.VIEWER,),
    "otto": (Role.OPERATOR,),
    "cora": (Role.COMPLIANCE,),
}


@dataclass(frozen=True)
class Served:
    """A console that runs, and the browser. `faults`: what the browser complained of."""

    address: str
    data: Path
    browser: Browser
    faults: list[str] = field(default_factory=list)

    def page(self, name: str | None = None, **context: Any) -> Page:
        """A page of a new browser, in which `name` is signed in."""
        made = self.browser.new_context(base_url=self.address, **context)
        made.set_default_timeout(ANSWER_MS)
        if name is not None:
            sessions = Sessions(ConsoleFolder(self.data).sessions)
            token = sessions.open(name, PEOPLE[name], "local")
            sessions.close()
            made.add_cookies([{"name": "reclaim_session", "value": token, "url": self.address}])
        page = made.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        return page

    def events(self, topic: str) -> list[Event[Any]]:
        """A topic of the log, as it stands."""
        with opened(load_settings({}, data=self.data)) as deployment:
            return [decode_event(record) for record in deployment.log.read(topic)]


@contextmanager
def served(examples: Installation, home: Path, browser: Browser) -> Iterator[Served]:
    """`reclaim console` over a copy of the examples."""
    data = examples.copy(home).data
    users = Users(ConsoleFolder(data).users)
    for name, roles in PEOPLE.items():
        users.add(name, roles, PASSWORD)
    with running(data) as address:
        made = Served(address, data, browser)
        page = made.page("ana")
        for _ in range(120):  # the read model is made from the log while pages are served
            page.goto("/work")
            if page.locator("[data-row]").count() == PAGE:
                break
            page.wait_for_timeout(250)
        page.context.close()
        yield made


@contextmanager
def running(data: Path) -> Iterator[str]:
    """The command in a process of its own; gives its address."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "services.cli", "console", "--port", "0"],
        cwd=PROJECT,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("RECLAIM_")},
            "RECLAIM_DATA": str(data),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://\S+", said)
        assert found is not None, f"the console said: {said}"
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)


def answered(page: Page) -> str:
    """The state of the newest message, once its own event has come back."""
    message = page.locator(".tray .message[data-state]:not([data-waits])").last
    message.wait_for()
    return message.get_attribute("data-state") or ""
