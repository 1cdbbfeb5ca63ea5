"""The live page as a visitor meets it, in a real browser: no request leaves, and a reload brings back what is moved."""

import re
import shutil
import socket
import subprocess
import sys
import tomllib
import urllib.request
from contextlib import suppress

import pytest

import sim
from tests.processes import PATIENCE, wait_until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("streamlit", reason="the extra 'app' is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
ALONE = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
         "--disable-component-update"]  # fmt: skip
MILLISECONDS = 1000 * PATIENCE


@pytest.fixture(scope="module")
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "sim", "app", "two_teams", "--no-browser", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(url), server, every=0.2)
        yield url
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _answers(url):
    with suppress(OSError):
        return urllib.request.urlopen(f"{url}/_stcore/health", timeout=PATIENCE).status == 200


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        one = started.chromium.launch(executable_path=CHROMIUM, args=ALONE, timeout=MILLISECONDS)
        yield one
        one.close()


def at_rest(page):
    """Wait until the page has answered: nothing that is looked at will be drawn again."""
    page.get_by_text("People who quit").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def test_a_visitor_moves_a_policy_switches_an_event_off_saves_and_reloads(address, browser, tmp_path):
    page = browser.new_page(viewport={"width": 1400, "height": 1300})
    page.set_default_timeout(MILLISECONDS)
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.get_by_text("Nothing is moved yet").wait_for()
    page.get_by_role("combobox", name=re.compile("Policy")).click()
    page.get_by_role("option", name="max_min", exact=True).click()
    page.get_by_text("on the same luck").first.wait_for()
    page.get_by_text("events: off, or another month").click()
    page.get_by_text("lead goes (lead leaves)").click()
    page.get_by_text("event.lead_goes.enabled=false").first.wait_for()
    assert "set=" in page.url
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a scenario file").click()
    download.value.save_as(tmp_path / "mine.toml")
    made = tomllib.loads((tmp_path / "mine.toml").read_text())
    assert made["extends"] == "two_teams"
    lab = sim.load_scenario(str(tmp_path / "mine.toml"))
    assert (lab.committee.policy, lab.event["lead_goes"].enabled) == ("max_min", False)
    page.reload()
    page.get_by_text("event.lead_goes.enabled=false").first.wait_for()
    for tab in ("Who is still here", "How fair it feels", "What differs", "Who gets the GPUs"):
        page.get_by_role("tab", name=tab).click()
    page.get_by_text(re.compile("was there from the start|joined in")).first.wait_for()
    assert page.locator("[data-testid=stException]").count() == 0
    assert all(url.startswith((address, address.replace("http", "ws"), "data:", "blob:")) for url in asked)
    assert not faults
    page.close()


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1400, "dark")])
def test_it_fits_a_narrow_window_and_follows_the_dark(address, browser, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.goto(address)
    at_rest(page)
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    assert wide <= width + 1
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    light = sum(map(int, re.findall(r"\d+", background)[:3])) > 3 * 128
    assert light == (scheme == "light")
    context.close()


def test_every_control_has_a_name_for_a_screen_reader_and_is_reached_by_keyboard(address, browser):
    page = browser.new_page(viewport={"width": 1400, "height": 1300})
    page.set_default_timeout(MILLISECONDS)
    page.goto(address)
    at_rest(page)
    for role in ("slider", "combobox", "tab"):
        for control in page.get_by_role(role).all():
            name = (
                control.get_attribute("aria-label") or control.inner_text() or control.get_attribute("aria-labelledby")
            )
            assert name, role
    slider = page.get_by_role("slider").first
    slider.focus()
    slider.press("ArrowRight")
    page.get_by_text("budget.scale=1.05").first.wait_for()
    page.close()
