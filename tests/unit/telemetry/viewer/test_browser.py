"""The pages as a person sees them: in Chromium, wide and on a phone.

With MSSQL_SCREENSHOTS set to a folder, a picture of each page is left there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test import override_settings
from django.test.testcases import LiveServerThread
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from tests.unit.telemetry.viewer.conftest import Site

SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
WIDE, PHONE = (1280, 900), (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = ChromeOptions()
    options.binary_location = chromium
    for switch in SWITCHES:
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    yield chrome
    chrome.quit()


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """Yield the address of a server of the pages, which use no database."""
    with override_settings(DEBUG=True, INTERNAL_IPS=["127.0.0.1"]):
        thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        yield f"http://127.0.0.1:{thread.port}/sql/"
        thread.terminate()


def open_page(browser: Chrome, url: str, size: tuple[int, int], name: str) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size is PHONE},
    )
    browser.get(url)
    if folder := os.environ.get("MSSQL_SCREENSHOTS"):
        browser.get_screenshot_as_file(str(Path(folder, f"{name}-{size[0]}.png")))


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_every_page_fits_its_window_and_asks_nobody_else(
    browser: Chrome, address: str, site: Site, size: tuple[int, int]
) -> None:
    for name, path in (
        ("statements", ""),
        ("statement", f"statements/{site.listing}/"),
        ("requests", "requests/"),
        ("request", f"requests/{site.trace_id}/"),
    ):
        open_page(browser, address + path, size, name)
        overflow = "return document.documentElement.scrollWidth - window.innerWidth"
        assert browser.execute_script(overflow) <= 0, name
        fetched = browser.execute_script(
            "return performance.getEntriesByType('resource').map(entry => entry.name)"
        )
        assert fetched, "the style sheet was not loaded"
        assert all(url.startswith((address.removesuffix("sql/"), "data:")) for url in fetched)
        assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_a_slow_statement_and_its_plan_are_two_clicks_from_the_ranking(
    browser: Chrome, address: str, site: Site
) -> None:
    open_page(browser, address, WIDE, "ranking")
    browser.find_element(By.LINK_TEXT, "SELECT [authors]").click()
    operators = browser.find_elements(By.CSS_SELECTOR, ".plan .operator")
    assert [operator.find_element(By.TAG_NAME, "h3").text for operator in operators] == [
        "Sort",
        "Clustered Index Scan",
    ]
    sort, scan = (operator.rect for operator in operators)
    assert scan["x"] > sort["x"] + sort["width"]  # the tree grows to the right
    assert "80% of cost" in operators[1].text
    assert "7 rows actual" in operators[1].text


def test_on_a_phone_the_plan_grows_downwards(browser: Chrome, address: str, site: Site) -> None:
    open_page(browser, f"{address}statements/{site.listing}/", PHONE, "plan")
    sort, scan = (
        operator.rect for operator in browser.find_elements(By.CSS_SELECTOR, ".plan .operator")
    )
    assert scan["y"] > sort["y"] + sort["height"]
    assert scan["x"] + scan["width"] <= PHONE[0]


def test_a_repeated_statement_is_called_out_on_its_request(
    browser: Chrome, address: str, site: Site
) -> None:
    open_page(browser, f"{address}requests/", WIDE, "requests")
    browser.find_element(By.LINK_TEXT, "GET authors/").click()
    notice = browser.find_element(By.CLASS_NAME, "notice").text
    assert notice.startswith("6× SELECT [books] from library/views.py:42")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".waterfall li")) == 8
