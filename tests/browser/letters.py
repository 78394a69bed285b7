"""Letters inside drawings, which axe-core does not measure: the ink of each against what is really painted behind it."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

FOUND = r"""() => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
  const colour = (text) => { // rgb(…) or color(srgb …), which goes from 0 to 1
    const [r, g, b, a = 1] = text.match(/[\d.]+(?:e-\d+)?/g).map(Number), by = text.startsWith("color") ? 255 : 1;
    return [r * by, g * by, b * by, a]; };
  const letters = all(document.body).filter((e) => e.matches("svg text") && e.textContent.trim());
  const seen = letters.filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true })).map((e) => {
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    let opacity = Number(style.fillOpacity);
    for (let n = e; n && n.nodeType === 1; n = n.parentElement) opacity *= Number(getComputedStyle(n).opacity);
    if (style.fill === "none") return null;
    const [r, g, b, a] = colour(style.fill);
    return { text: e.textContent.trim().slice(0, 40), ink: [r, g, b], opacity: opacity * a, size: parseFloat(style.fontSize),
      bold: Number(style.fontWeight) >= 600, box: [box.left, box.top, box.right, box.bottom] };
  }).filter((e) => e && e.box[0] >= 0 && e.box[1] >= 0 && e.box[2] <= innerWidth && e.box[3] <= innerHeight && e.box[2] - e.box[0] > 2);
  window.__letters = letters;
  for (const e of letters) e.style.setProperty("visibility", "hidden", "important");
  return seen; }"""

BACK = "() => { for (const e of window.__letters) e.style.removeProperty('visibility'); }"


def faint(visitor):
    """Letters of drawings on screen that are hard to read, as (text, contrast): below 4.5:1, below 3:1 for large ones (WCAG 2.2, 1.4.3)."""
    letters = visitor.page.evaluate(FOUND)
    try:
        ground = np.asarray(Image.open(io.BytesIO(visitor.page.screenshot(animations="disabled"))).convert("RGB"), dtype=float)
    finally:
        visitor.page.evaluate(BACK)
    found = []
    for each in letters:
        left, top, right, bottom = (round(at) for at in each["box"])
        behind = np.median(ground[top:bottom, left:right].reshape(-1, 3), axis=0)
        ink = each["opacity"] * np.array(each["ink"]) + (1 - each["opacity"]) * behind
        large = each["size"] >= 24 or (each["bold"] and each["size"] >= 18.66)
        if (ratio := contrast(ink, behind)) < (3 if large else 4.5):
            found.append((each["text"], round(ratio, 2)))
    return found


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    part = np.asarray(colour) / 255
    return float(np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))
