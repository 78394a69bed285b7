"""Every page for everybody: axe-core in light and dark, keyboards, phones, projectors, reduced motion."""

from __future__ import annotations

import pytest
from axe import serious
from letters import faint
from states import NAMES, STATES

NAMELESS = """() => [...document.querySelectorAll('*')].filter(e => e.shadowRoot?.querySelector('#root'))
          .flatMap(e => [...e.shadowRoot.querySelectorAll('svg, button, input, select, canvas, [role=button], [role=img]')])
          .filter(e => !e.closest('[aria-hidden=true]') && !(e.parentElement?.closest('svg') && e.tagName === 'svg'))
          .filter(e => !e.closest('[role=img][aria-label], [role=group][aria-label]'))
          .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
          .map(e => e.outerHTML.slice(0, 120))"""
"""Pictures have a role and a name, and so has every control."""

SMALL = """() => [...document.querySelectorAll('*')].filter(e => e.shadowRoot?.querySelector('#root'))
          .flatMap(e => [...e.shadowRoot.querySelectorAll('button, select, input:not([type=checkbox])')])
          .filter(e => e.checkVisibility())
          .map(e => [e.getAttribute('aria-label') || e.textContent, e.getBoundingClientRect()])
          .filter(([name, box]) => Math.min(box.width, box.height) < 24).map(([name]) => name)"""
"""Controls of ours too small for a finger."""

SIDEWAYS = "() => [document.documentElement, document.querySelector('[data-testid=stMain]')].map(e => e.scrollWidth - e.clientWidth)"

TABBABLE = """() => {
  const all = root => [...root.querySelectorAll('*')].flatMap(e => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
  const can = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const groups = new Set();
  window.groupOf = e => e.type === 'radio' ? e.name : e.closest('[role=radiogroup], [role=toolbar][data-rac], [data-rac][role=group]');
  window.__wanted = all(document.querySelector('[data-testid=stApp]')).filter(e => e.matches(can) && e.tabIndex >= 0 && !e.disabled)
    .filter(e => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width && !e.closest('[inert]'))
    .filter(e => !groupOf(e) || (!groups.has(groupOf(e)) && groups.add(groupOf(e))));
  return window.__wanted.length; }"""
"""Marks everything that Tab must reach: of a group of radio buttons one, the arrow keys do the rest."""

FOCUSED = """() => {
  let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  if (!e || e === document.body) return null;
  const ours = e.getRootNode() !== document || e.closest('.term');
  const ring = n => {
    const s = getComputedStyle(n);
    return (s.outlineStyle !== 'none' && s.outlineWidth !== '0px') || s.boxShadow !== 'none' };
  let seen = ring(e);
  for (let n = e, up = 0; !seen && !ours && n && up < 5; n = n.parentElement, up++)
    seen = ring(n) || /rgb\\((21, 94, 240|79, 141, 245)/.test(getComputedStyle(n).borderColor);
  window.__wanted = window.__wanted.filter(w => w !== e && !(groupOf(e) && groupOf(w) === groupOf(e)));
  return [e.getAttribute('aria-label') || e.textContent.trim().slice(0, 40) || e.id || e.className,
    seen, window.__wanted.length]; }"""
"""What has the focus, and whether that can be seen; Streamlit lights the border around some of its fields instead of a ring."""


@pytest.mark.parametrize("page", STATES, ids=NAMES)
def test_for_everybody(visit, page):
    """One visit: no serious finding of axe-core in light and dark, no faint letter in a drawing, names for all drawings, every control
    by Tab, and a phone."""
    visitor = visit(page.path, drawn=page.drawn, height=1800)
    found = {scheme: [*serious(visitor, scheme), *faint(visitor)] for scheme in ("dark", "light")}
    assert found == {"dark": [], "light": []}
    assert visitor.page.evaluate(NAMELESS) == []
    reaches_everything(visitor)
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.settled()
    assert max(visitor.page.evaluate(SIDEWAYS)) <= 1
    assert visitor.page.evaluate(SMALL) == []


def reaches_everything(visitor):
    """Assert that Tab alone reaches every control there is, and that each shows that it has the focus."""
    visitor.page.evaluate("document.activeElement?.blur()")
    count = visitor.page.evaluate(TABBABLE)
    assert count > 5
    unseen, nowhere = [], 0
    for _ in range(2 * count + 40):
        visitor.page.keyboard.press("Tab")
        now = visitor.page.evaluate(FOCUSED)
        nowhere += now is None
        if now is not None and not now[1]:
            unseen.append(now[0])
        if nowhere > 2 or (now is not None and not now[2]):
            break
    left = visitor.page.evaluate("window.__wanted.filter(e => e.isConnected).map(e => e.outerHTML.slice(0, 160))")
    assert left == []
    assert unseen == [], "no focus ring"


def test_typing_on_a_phone(visit):
    visitor = visit("/gates?text=Good%20morrow&t=5", width=390, height=844)
    assert max(visitor.page.evaluate(SIDEWAYS)) <= 1
    visitor.type("Good morrow, my lord")
    assert len(visitor.tokens()) == 20
    assert max(visitor.page.evaluate(SIDEWAYS)) <= 1


def test_every_strip_is_a_picture_with_a_name(visit):
    visitor = visit("/gates?text=Good%20morrow")
    for strip in visitor.page.locator(".strip").all():
        assert strip.get_attribute("role") == "img"
        assert strip.get_attribute("aria-label")


def test_keys_do_nothing_while_typing(visit):
    visitor = visit("/gates?t=3")
    visitor.page.get_by_label("Your text").focus()
    visitor.page.keyboard.press("ArrowRight")
    visitor.page.keyboard.press("Home")
    assert visitor.counter().startswith("t = 3 ")
    visitor.page.locator("input.scrub").focus()
    visitor.page.keyboard.press("ArrowRight")
    assert visitor.counter().startswith("t = 4 ")


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


def test_light_and_dark_at_a_click(visit):
    visitor = visit("/gates?text=Good%20morrow&t=5")
    ground = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    before = visitor.page.evaluate(ground)
    visitor.page.get_by_role("button", name="Theme").click()
    visitor.page.wait_for_function(f"before => document.querySelector('[data-testid=stApp]') && ({ground})() !== before", arg=before)
    visitor.page.locator(".strip canvas").first.wait_for()
    assert visitor.settled().counter() == "t = 5 / 11"
    assert visitor.page.evaluate(ground) == "rgb(23, 22, 20)"
