"""The console as a person uses it: Debian's Chromium over the deployed endpoint."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from pointsman.accounts.keys import KeyStore
from pointsman.console.routes import OPERATORS
from tests.e2e.conftest import Deployment

pytestmark = pytest.mark.e2e

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
SCREENSHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of each view, where one is named."""


@pytest.fixture(scope="module")
def console(deployment: Deployment) -> Iterator[Page]:
    """The page, signed in with an operator's key. Whatever the page complains of fails the test."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt install chromium")
    keys = KeyStore(deployment.table(deployment.outputs.accounts_table), clock=time.time)
    key = keys.create(team=OPERATORS, name="console").key
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{deployment.endpoint.removesuffix('/v1')}/console/")
        page.fill("#key", key)
        page.click("#login button")
        expect(page.locator("#who")).to_have_text("key accepted")
        yield page
        browser.close()
        assert not complaints


def show(page: Page, view: str) -> None:
    page.click(f"nav [data-view={view}]")
    expect(page.locator(f"#{view}")).to_be_visible()


def picture(page: Page, name: str) -> None:
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)


def test_a_prompt_is_explained_answered_and_priced(console: Page) -> None:
    show(console, "playground")
    console.click("#send")
    expect(console.locator("#bill")).to_contain_text("saved")
    expect(console.locator("#decision")).to_contain_text("complexity")
    expect(console.locator("#signals tbody tr").first).to_be_visible()
    assert console.inner_text("#answer")
    assert "$0.0" in console.inner_text("#bill")
    picture(console, "playground")
    console.click("#explain")
    expect(console.locator("#bill")).to_have_count(0)
    assert console.inner_text("#answer") == ""


def test_a_pinned_model_answers(console: Page) -> None:
    show(console, "playground")
    console.select_option("#model", "opus-4.7")
    console.click("#send")
    expect(console.locator("#bill")).to_contain_text("opus-4.7")
    console.select_option("#model", "auto")


def test_the_map_is_shown_compared_and_simulated(console: Page, deployment: Deployment) -> None:
    show(console, "map")
    expect(console.locator("#map-head")).to_contain_text("(live)")
    expect(console.locator("#tiers")).to_contain_text("haiku-4.5")
    expect(console.locator("#routes")).to_contain_text("coding")
    console.fill("#from", str(deployment.map_version))
    console.fill("#to", str(deployment.map_version))
    console.click("#compare button")
    expect(console.locator("#diff tbody tr")).to_have_count(0)
    edited = console.input_value("#edited")
    console.fill("#edited", edited.replace('"escalate_to"', '"timeout": 5, "escalate_to"', 1))
    console.click("#simulate button")
    expect(console.locator("#simulated-head")).to_contain_text("0 of 4 prompts move")
    picture(console, "map")
    console.fill("#edited", "{")
    console.click("#simulate button")
    expect(console.locator("#problem")).to_contain_text("is not JSON")
    console.fill("#edited", edited)


def test_savings_are_drawn(console: Page, deployment: Deployment) -> None:
    """Of the log's own cost events: some cheap prompts beside those above."""
    for number, tier in enumerate(["economy"] * 6 + ["standard"] * 3):
        body = {"model": f"tier:{tier}", "messages": [{"role": "user", "content": f"What comes after {number}?"}]}
        headers = {"authorization": f"Bearer {deployment.key}"}
        httpx.post(f"{deployment.endpoint}/chat/completions", json=body, headers=headers, timeout=30).raise_for_status()
    show(console, "savings")
    expect(console.locator("#savings-head")).to_contain_text("% of the baseline")
    expect(console.locator("#by-hour rect.spent").first).to_be_visible()
    expect(console.locator("#by-tier rect.saved").first).to_be_visible()
    picture(console, "savings")


def test_a_wrong_key_is_told(console: Page) -> None:
    fresh = console.context.browser.new_page() if console.context.browser else console
    fresh.goto(console.url)
    fresh.fill("#key", "nonsense")
    fresh.click("#login button")
    expect(fresh.locator("#problem")).to_contain_text("API key")
    fresh.close()
