export default function ({ data, parentElement: host, setTriggerValue }) {
  const root = host.querySelector("#root");
  root.replaceChildren();
  document.documentElement.lang = data.language; // for screen readers and for the choice of glyphs
  const code = make("button", { type: "button", class: "code", "aria-label": data.qr_help, title: data.qr_help }, null, data.qr);
  code.onclick = () => setTriggerValue("code", { address: location.href });
  const keys = (event) => (data.presenting && presenterKey(event, code), closeTerm(event));
  document.addEventListener("keydown", keys, true);
  const leave = () => document.removeEventListener("keydown", keys, true);
  if (data.presenting) {
    root.append(code);
    return leave;
  }
  const copy = make("button", { type: "button", "aria-live": "polite" }, root, data.copy_link);
  copy.onclick = async () => {
    await copied(location.href, host);
    copy.textContent = data.copied;
    setTimeout(() => (copy.textContent = data.copy_link), 1500);
  };
  const theme = make("button", { type: "button", "aria-label": data.theme, title: data.theme }, root, "◐");
  theme.onclick = () => switchTheme(isDark(host) ? "Light" : "Dark", data.pages);
  root.append(code);
  return leave;
}

// Q shows the code, and takes it away again.
function presenterKey(event, code) {
  if (event.key.toLowerCase() !== "q" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.composedPath()[0].closest?.("input, textarea, select, [contenteditable]")) return;
  const close = document.querySelector("[role=dialog] button[aria-label=Close]");
  (close ?? code).click();
}

// Escape closes the definition of a term that is pointed at or has the focus, wherever on the page it stands.
function closeTerm(event) {
  if (event.key !== "Escape") return;
  const terms = [...within(document, ":hover"), ...event.composedPath()].map((node) => node.closest?.(".term")).filter(Boolean);
  for (const term of new Set(terms)) {
    term.classList.add("closed");
    const open = () => term.classList.remove("closed");
    for (const name of ["pointerleave", "focusout", "click"]) term.addEventListener(name, open, { once: true });
  }
}

function within(root, selector) {
  const found = [...root.querySelectorAll(selector)];
  return [...found, ...found.flatMap((node) => (node.shadowRoot ? within(node.shadowRoot, selector) : []))];
}

async function copied(text, host) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // without a secure origin (a school's plain http) the old way still works
    const field = make("textarea", { style: "position: fixed; opacity: 0" }, document.body);
    field.value = text;
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

// Streamlit keeps the choice per address and reads it when it loads; the link brings everything else back.
function switchTheme(name, pages) {
  const base = location.pathname.replace(/[^/]*$/, "");
  for (const page of pages) localStorage.setItem(`stActiveTheme-${base}${page}-v2`, JSON.stringify(name));
  location.reload();
}
