"""A live server on a free port and Debian's chromium; without chromium these tests skip with one sentence."""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.web.conftest import PASSWORD, app, kit, leaked, person  # noqa: F401 - the same house and leak

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
PATIENCE = 30_000  # milliseconds; a page that works is no slower for it, and a busy machine is no fault of the page
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("TOCSIN_REQUIRE_BROWSER"):
            pytest.fail("There is no chromium on this machine, and TOCSIN_REQUIRE_BROWSER asks for one.")
        pytest.skip("There is no chromium on this machine.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS.split())
        yield opened
        opened.close()


@pytest.fixture
def address(app: Any) -> Iterator[str]:  # noqa: F811
    """Where the app is served."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def signed_in(chromium: Browser, address: str, person: Callable[..., Any]) -> Iterator[Callable[..., Page]]:  # noqa: F811
    """Sign a person with these roles in, in a window of their own."""
    windows = []

    def open_window(*roles: str, name: str = "", dark: bool = False, width: int = 1280) -> Page:
        account = person(*roles, name=name)
        window = chromium.new_context(
            base_url=address,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            timezone_id="Asia/Shanghai",
        )
        windows.append(window)
        page = window.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto("/login")
        page.fill("[name=email]", account.email)
        page.fill("[name=password]", PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/console/")
        return page

    yield open_window
    for window in windows:
        window.close()
