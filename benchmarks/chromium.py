"""The system's Chromium, and what is asked of a page. Waiting happens inside the page: polling from outside adds time."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

PATH = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
PICTURE = "[data-signal] canvas"
"""The first canvas of a strips picture; Playwright looks into the shadow root by itself."""

_WATCH = """(expected) => {
  const holder = [...document.querySelectorAll("*")].find((node) => node.shadowRoot?.querySelector(".tokens"));
  const shadow = holder.shadowRoot;
  const shown = () => [...(shadow.querySelector(".tokens")?.children ?? [])].map((node) => node.textContent).join("");
  window.__changed = new Promise((resolve) => {
    let pressed = null;
    addEventListener("keydown", (event) => { if (event.key === "Enter") pressed ??= event.timeStamp; }, { capture: true });
    const watch = new MutationObserver(() => {
      if (pressed === null || shown() !== expected) return;
      watch.disconnect();
      const changed = performance.now() - pressed;
      requestAnimationFrame(() => setTimeout(() => resolve({ changed, painted: performance.now() - pressed })));
    });
    watch.observe(shadow, { childList: true, subtree: true });
  });
}"""
"""Keep a promise of the milliseconds from Enter until the picture's token axis reads as expected, and until it is painted."""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """Open a page with an empty cache, as a visitor who was never here."""
    context = browser.new_context(viewport={"width": 1366, "height": 900}, color_scheme="light", reduced_motion="reduce")
    try:
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield page
    finally:
        context.close()


_SEEN = """(sight) => {
  const under = (root) => [root, ...[...root.querySelectorAll("*")].flatMap((node) => (node.shadowRoot ? under(node.shadowRoot) : []))];
  return under(document).some((root) => [...root.querySelectorAll(sight)].some((node) => node.checkVisibility()));
}"""


def in_sight(page: Page, sight: str) -> None:
    """Wait until something is seen that a CSS selector finds, in a shadow root too. A locator of Playwright's looks twice a second."""
    page.wait_for_function(_SEEN, arg=sight, polling=20, timeout=60_000)


def settled(page: Page) -> None:
    """Wait until the script has ended; raise if it left an exception on the page."""
    page.wait_for_function(
        """() => { const app = document.querySelector("[data-testid='stApp']");
          return app?.dataset.testConnectionState === "CONNECTED" && app.dataset.testScriptState === "notRunning"; }"""
    )
    if shown := page.get_by_test_id("stException").all_inner_texts():
        raise RuntimeError(f"the page shows an exception: {shown}")


def change_text(page: Page, text: str) -> dict[str, float]:
    """Type a text, press Enter, and return {"changed", "painted"}: seconds until the picture shows it."""
    field = page.locator(".st-key-text input")
    field.fill(text)
    page.evaluate(_WATCH, text.replace(" ", "␣"))
    field.press("Enter")
    found = page.evaluate("window.__changed")
    settled(page)
    return {name: milliseconds / 1e3 for name, milliseconds in found.items()}
