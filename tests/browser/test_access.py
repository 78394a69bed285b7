"""Keyboards, phones, projectors, reduced motion, contrast."""

from __future__ import annotations

import pytest

PAGES = (
    "/?text=Good%20morrow&t=5&swap=1.W",
    "/gates?text=Good%20morrow&t=5",
    "/unrolled?text=Good%20morrow&t=5&swap=4.g",
    "/unrolled?text=Good%20morrow&mode=chain",
    "/cell?text=Good%20morrow&t=5&model=tiny-lstm&edits=forget_gate%3D0.5@1:2:3-",
    "/gradients?text=Good%20morrow&loss=8&k=3",
    "/gradients?view=experiment&length=20&radius=1.5",
    "/attention?translator=dates-additive&sentence=May%203rd,%201999&force=uniform&beside=gradient&search=beam&width=3",
    "/attention?translator=dates-none&sentence=May%203rd,%201999",
    "/activations",
    "/example?train=adam",
)
"""Each page in a state that shows most of what it has."""

NAMELESS = """() => [...document.querySelectorAll('*')].filter(e => e.shadowRoot?.querySelector('#root'))
          .flatMap(e => [...e.shadowRoot.querySelectorAll('svg, button, input, select, canvas, [role=button], [role=img]')])
          .filter(e => !e.closest('[aria-hidden=true]') && !(e.parentElement?.closest('svg') && e.tagName === 'svg'))
          .filter(e => !e.closest('[role=img][aria-label], [role=group][aria-label]'))
          .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
          .map(e => e.outerHTML.slice(0, 120))"""
"""Pictures have a role and a name, and so has every control."""

CONTRAST = """() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const lum = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parse = colour => {
    pixel.clearRect(0, 0, 1, 1); pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1);
    const d = pixel.getImageData(0, 0, 1, 1).data; return [...d.slice(0, 3), d[3] / 255];
  };
  const ground = getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor;
  const behind = e => {
    for (let n = e; n; n = n.parentElement || n.getRootNode().host) {
      const c = parse(getComputedStyle(n).backgroundColor); if (c[3] > 0.99) return c;
    }
    return parse(ground);
  };
  const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.player, .plots')).shadowRoot;
  const bad = [];
  for (const e of root.querySelectorAll('*')) {
    const bare = ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (bare || !e.checkVisibility() || e.disabled || e.tagName === 'OPTION' || e.closest('style, script')) continue;
    const back = behind(e), front = parse(getComputedStyle(e).color);
    const [a, b] = [lum(front.slice(0, 3).map((v, i) => v * front[3] + back[i] * (1 - front[3]))), lum(back)].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) bad.push([e.className, e.textContent.slice(0, 20), (a + 0.05) / (b + 0.05)]);
  }
  return bad; }"""


def test_keys_do_nothing_while_typing(visit):
    visitor = visit("/gates?t=3")
    visitor.page.get_by_label("Your text").focus()
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("Home")
    assert visitor.counter().startswith("t = 3 ")
    visitor.page.locator("input.scrub").focus()
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.counter().startswith("t = 4 ")


def test_every_control_is_reached_by_tab_and_shows_it(visit):
    visitor = visit("/gates?text=Good%20morrow")
    visitor.page.get_by_label("Your text").focus()
    reached = set()
    for _ in range(70):
        visitor.page.keyboard.press("Tab")
        found = visitor.page.evaluate(
            """() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
              const s = getComputedStyle(e), ring = s.outlineStyle !== 'none' && s.outlineWidth !== '0px';
              return [e.getAttribute('aria-label') || e.textContent.trim().slice(0, 40) || e.id, e.getRootNode() !== document, ring] }"""
        )
        reached.add(found[0])
        if found[1]:
            assert found[2], f"{found[0]} shows no focus ring"
    for wanted in ("First step", "Play", "Timestep", "Speed", "Save SVG", "See it"):
        assert wanted in reached
    assert any(str(label).startswith("forget gate: 9 of") for label in reached)
    for strip in visitor.page.locator(".strip").all():
        assert strip.get_attribute("role") == "img"
        assert strip.get_attribute("aria-label")


@pytest.mark.parametrize("page", PAGES)
def test_on_a_phone(visit, page):
    visitor = visit(page, width=390, height=844)
    sideways = visitor.page.evaluate(
        "() => [document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"
    )
    assert max(sideways) <= 1
    if visitor.page.get_by_label("Your text", exact=True).is_visible():
        visitor.type("Good morrow")
    small = visitor.page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => e.shadowRoot?.querySelector('.player, .plots'))
          .flatMap(e => [...e.shadowRoot.querySelectorAll('button, select, input:not([type=checkbox])')])
          .filter(e => e.checkVisibility())
          .map(e => [e.getAttribute('aria-label') || e.textContent, e.getBoundingClientRect()])
          .filter(([name, box]) => Math.min(box.width, box.height) < 24).map(([name]) => name)"""
    )
    assert small == []


PROJECTED = {"/unrolled": ".stage", "/cell": ".frame", "/attention": ".panels", "/activations": ".plots", "/example": ".body"}


@pytest.mark.parametrize("page", PROJECTED)
def test_every_page_on_a_projector(visit, page):
    visitor = visit(f"{page}?present=1", width=1024, height=768)
    assert visitor.page.evaluate("() => parseFloat(getComputedStyle(document.documentElement).fontSize)") >= 22
    assert not visitor.page.get_by_test_id("stHeader").is_visible()
    box = visitor.page.locator(PROJECTED[page]).first.bounding_box()
    assert box["width"] >= 0.9 * 1024
    assert box["y"] <= 0.4 * 768
    sizes = visitor.page.evaluate(
        """() => { const root = [...document.querySelectorAll('*')].find(e => e.shadowRoot?.querySelector('.player, .plots')).shadowRoot;
          return [...root.querySelectorAll('text')].map(t => t.getBoundingClientRect().height) }"""
    )
    assert not sizes or sorted(sizes)[len(sizes) // 2] >= 14, "half of the picture's letters"


def test_on_a_projector(visit):
    visitor = visit("/gates?present=1", width=1024, height=768)
    assert visitor.page.evaluate("() => parseFloat(getComputedStyle(document.documentElement).fontSize)") >= 22
    assert not visitor.page.get_by_test_id("stHeader").is_visible()
    assert visitor.page.get_by_test_id("stSidebar").count() == 0 or not visitor.page.get_by_test_id("stSidebar").is_visible()
    box = visitor.page.locator(".stage").bounding_box()
    assert min(768, box["y"] + box["height"]) - box["y"] >= 0.6 * 768
    assert visitor.page.locator(".cards .card").first.bounding_box()["y"] >= box["y"] + box["height"]


def test_with_reduced_motion_nothing_moves_by_itself(visit):
    visitor = visit("/gates", reduced_motion="reduce")
    before = visitor.counter()
    visitor.page.wait_for_timeout(1200)
    assert visitor.counter() == before
    assert visitor.page.locator(".playhead").evaluate("e => getComputedStyle(e).transitionDuration") == "0s"
    visitor.page.locator(".stage").focus()
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.counter().startswith("t = 2 ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_text_can_be_read_and_drawings_have_names(visit, page, scheme):
    """Every text of the component has 4.5:1 against what is behind it, measured on rendered colours; every drawing has a name."""
    visitor = visit(page, scheme=scheme)
    low = visitor.page.evaluate(CONTRAST)
    assert low == []
    assert visitor.page.evaluate(NAMELESS) == []


def test_light_and_dark_at_a_click(visit):
    visitor = visit("/gates?text=Good%20morrow&t=5")
    ground = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    before = visitor.page.evaluate(ground)
    visitor.page.get_by_role("button", name="Theme").click()
    visitor.page.wait_for_function(f"before => document.querySelector('[data-testid=stApp]') && ({ground})() !== before", arg=before)
    visitor.page.locator(".strip canvas").first.wait_for()
    assert visitor.settled().counter() == "t = 5 / 11"
    assert visitor.page.evaluate(ground) == "rgb(23, 22, 20)"
