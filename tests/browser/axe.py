"""axe-core on a page as it stands. The script comes with a package, so nothing is fetched."""

from __future__ import annotations

from importlib.resources import files

SCRIPT = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

RUN = """async dark => {
  const found = await axe.run(document, { resultTypes: ['violations'], ...(dark ? { runOnly: ['color-contrast'] } : {}) });
  return found.violations.filter(each => ['serious', 'critical'].includes(each.impact)).flatMap(each => each.nodes.map(node =>
    [each.id, node.target.flat().join(' '), node.html.slice(0, 200), (node.failureSummary || '').slice(0, 300)])); }"""

STREAMLITS_OWN: tuple[tuple[str, str, str], ...] = ()
"""(rule, part of the selector, reason) for what stands in Streamlit's own markup and cannot be mended from outside."""


def serious(visitor, scheme: str) -> list:
    """Return what axe-core calls serious or critical, shadow roots included; in dark, what depends on colour."""
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.page.wait_for_function(
        "dark => (getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === 'dark') === dark", arg=scheme == "dark"
    )
    visitor.settled()
    visitor.page.evaluate("() => { document.activeElement?.blur() }")
    if not visitor.page.evaluate("() => 'axe' in window"):
        visitor.page.evaluate(SCRIPT)
    return [
        found for found in visitor.page.evaluate(RUN, scheme == "dark")
        if not any(found[0] == rule and part in found[1] for rule, part, _ in STREAMLITS_OWN)
    ]  # fmt: skip
