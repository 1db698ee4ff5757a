"""A browser for the tests, and one console a module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.served import ARGUMENTS, CHROMIUM, Served, served
from tests.console.conftest import examples  # noqa: F401
from tests.e2e.installation import Installation


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the system. It ends with its module: while it runs the process has a running event loop, in which
    the tests of SFTP cannot start theirs."""
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine (Debian: chromium)")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield made
        made.close()


@pytest.fixture(scope="module")
def site(
    examples: Installation,  # noqa: F811
    browser: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """A console over the examples that the tests of a module share."""
    with served(examples, tmp_path_factory.mktemp("served"), browser) as made:
        yield made
