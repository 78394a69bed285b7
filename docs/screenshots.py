"""Make the pictures of the README: `make screenshots`. Starts the app, opens it in Chromium, saves docs/images/*.png."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from visiting import CHROMIUM, FLAGS, PICTURE, Visitor, served  # noqa: E402 (the tests' own browser, so that both see the same app)

DRAWN = f"{PICTURE}, .rows, .page-of-text, textarea[maxlength], li[data-ticked], [class*=st-key-term-]"
"""What a page has drawn when it can be photographed."""

EDITS = "&edits=forget_gate%3D1%401%3A125%3A8-%3Binput_gate%3D0%401%3A125%3A8-"
"""Forget gate 1 and input gate 0 in unit 125 from t = 8 on."""

SHOTS = {
    "gates-light": ("/gates?t=28", 1366, 900, "light"),
    "gates-dark": ("/gates?model=shakespeare-gru&text=To+be%2C+or+not+to+be%3A+that+is+the+question%3A&t=20", 1366, 820, "dark"),
    "home": ("/?t=12", 1366, 768, "light"),
    "home-full": ("/?t=9", 1366, 2600, "light"),
    "home-dark": ("/?t=30", 1366, 768, "dark"),
    "home-phone": ("/?t=9", 390, 1700, "light"),
    "tour": ("/tour", 1366, 768, "light"),
    "lesson": ("/gradients?view=experiment&radius=0.5&k=1&lesson=forgetting", 1366, 900, "light"),
    "lesson-projector": ("/cell?model=tiny-lstm&text=hello+world&t=2&unit=1&lesson=belt&present=1", 1024, 768, "light"),
    "gates-grey": ("/gates?t=28&signs=lightness", 1366, 900, "light"),
    "glossary": ("/glossary?term=forget_gate", 1366, 768, "light"),
    "gates-chinese": ("/gates?t=28&lang=zh", 1366, 900, "light"),
    "language-chinese": ("/language?ask=generate&temperature=0.8&step=20&lang=zh", 1366, 900, "light"),
    "projector": ("/gates?present=1&t=28", 1024, 768, "light"),
    "phone": ("/gates?t=9", 390, 844, "dark"),
    "unrolled-light": ("/unrolled?t=7", 1366, 768, "light"),
    "unrolled-dark": ("/unrolled?t=6&model=tiny-lstm", 1366, 768, "dark"),
    "unrolled-changed": ("/unrolled?t=6&swap=6.e", 1366, 900, "light"),
    "unrolled-projector": ("/unrolled?t=7&present=1", 1024, 768, "light"),
    "unrolled-phone": ("/unrolled?t=3", 390, 1200, "light"),
    "chain": ("/unrolled?mode=chain&text=The+man", 1366, 768, "light"),
    "cell-light": ("/cell?t=12&unit=125", 1366, 900, "light"),
    "cell-dark": ("/cell?t=12&model=shakespeare-gru", 1366, 900, "dark"),
    "cell-tiny": ("/cell?t=7&model=tiny-lstm", 1366, 1500, "light"),
    "cell-what-if": ("/cell?t=20&unit=125" + EDITS, 1366, 1500, "light"),
    "cell-projector": ("/cell?t=12&present=1", 1024, 768, "light"),
    "cell-phone": ("/cell?t=12", 390, 1400, "dark"),
    "gradients-light": ("/gradients?k=6", 1366, 900, "light"),
    "gradients-dark": ("/gradients?model=shakespeare-rnn&k=12&loss=36", 1366, 1200, "dark"),
    "gradients-explode": ("/gradients?view=experiment&radius=1.5&k=30", 1366, 900, "light"),
    "gradients-vanish": ("/gradients?view=experiment&radius=0.5&k=60", 1366, 900, "dark"),
    "gradients-projector": ("/gradients?view=experiment&radius=1.5&present=1", 1024, 768, "light"),
    "gradients-phone": ("/gradients?k=6", 390, 1700, "light"),
    "gradients-chain": ("/gradients?model=tiny-rnn&loss=3&k=1", 1366, 1500, "light"),
    "attention-light": ("/attention?out=3&inp=3", 1366, 900, "light"),
    "attention-dark": ("/attention?translator=dates-additive&out=7&inp=3&beside=gradient", 1366, 900, "dark"),
    "attention-full": ("/attention?search=beam&width=4&out=3", 1366, 2900, "light"),
    "attention-projector": ("/attention?present=1&out=3&inp=3", 1024, 768, "light"),
    "attention-phone": ("/attention?out=3", 390, 2200, "light"),
    "language-score": (
        "/language?model=words-lstm&text=We+love+working+on+deep+learning&against=working+love+learning+we+on+deep&orders=200&at=3",
        1366,
        900,
        "light",
    ),
    "language-complete": ("/language?model=words-lstm&text=please+let+me+know&ask=complete", 1366, 768, "light"),
    "language-generate": ("/language?ask=generate&temperature=0.8&step=20", 1366, 1000, "light"),
    "language-dark": ("/language?orders=200", 1366, 900, "dark"),
    "language-phone": ("/language?model=words-lstm&text=We+love+working+on+deep+learning", 390, 1700, "light"),
    "language-projector": ("/language?model=words-lstm&text=We+love+working+on+deep+learning&present=1&orders=200", 1024, 768, "light"),
    "activations": ("/activations?f=sigmoid&x=0.5&n=20", 1366, 768, "light"),
    "example": ("/example?train=sgd&letter=2", 1366, 1400, "light"),
}
"""File name to address, width, height, colour scheme."""


TRAINED = {
    "training-light": ("/training?task=brackets", 1366, 900, "light"),
    "training-dark": ("/training?task=temporal-order", 1366, 900, "dark"),
    "training-projector": ("/training?task=adding&present=1", 1024, 768, "light"),
    "training-phone": ("/training?task=agreement", 390, 2200, "light"),
    "training-attention": ("/training?task=pairs", 1366, 900, "light"),
}
"""The same for pages on which a network is trained first."""


CHARTS = {
    "bottleneck-words": "/attention?translator=reverse-additive&sentence=attention",
    "bottleneck-french": "/attention?sentence=my%20brother%20wants%20to%20buy%20a%20new%20house%20next%20year.",
}
"""Of these addresses the measured chart alone."""


def main() -> None:
    """Make all pictures, or those whose names begin with an argument."""
    target = ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    wanted = lambda pictures: {name: each for name, each in pictures.items() if name.startswith(tuple(sys.argv[1:] or [""]))}  # noqa: E731
    with served(Path(tempfile.mkdtemp())) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (path, width, height, scheme) in wanted(SHOTS).items():
            # nothing moves while it is photographed
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
            visitor = Visitor(context, address).open(path, DRAWN).settled()
            visitor.page.screenshot(path=target / f"{name}.png")
            visitor.sound()
            context.close()
        for name, path in wanted(CHARTS).items():
            context = browser.new_context(viewport={"width": 1000, "height": 2600}, color_scheme="light")
            visitor = Visitor(context, address).open(path)
            chart = visitor.page.get_by_test_id("stVegaLiteChart")
            chart.scroll_into_view_if_needed()
            visitor.page.wait_for_timeout(800)
            chart.screenshot(path=target / f"{name}.png")
            context.close()
        for name, (path, width, height, scheme) in wanted(TRAINED).items():
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            visitor = Visitor(context, address).open(path)
            visitor.page.get_by_role("button", name="Train", exact=True).click()
            visitor.page.locator(".film:not([hidden])").wait_for(timeout=60_000)
            visitor.settled().page.screenshot(path=target / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
