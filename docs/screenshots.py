"""Make the pictures of the README: `make screenshots`. Starts the app, opens it in Chromium, saves docs/images/*.png."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from visiting import CHROMIUM, FLAGS, Visitor, served  # noqa: E402 (the tests' own browser, so that both see the same app)

SHOTS = {
    "gates-light": ("/gates?t=28", 1366, 900, "light"),
    "gates-dark": ("/gates?model=shakespeare-gru&text=To+be%2C+or+not+to+be%3A+that+is+the+question%3A&t=20", 1366, 820, "dark"),
    "home": ("/", 1366, 768, "light"),
    "projector": ("/gates?present=1&t=28", 1024, 768, "light"),
    "phone": ("/gates?t=9", 390, 844, "dark"),
}
"""File name to address, width, height, colour scheme."""


def main() -> None:
    target = ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    with served(Path(tempfile.mkdtemp())) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (path, width, height, scheme) in SHOTS.items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            visitor = Visitor(context, address).open(path)
            visitor.page.screenshot(path=target / f"{name}.png")
            visitor.sound()
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
