export default function ({ data, parentElement: host }) {
  const root = host.querySelector("#root");
  root.replaceChildren();
  document.documentElement.lang = data.language; // for screen readers and for the choice of glyphs
  const copy = make("button", { type: "button", "aria-live": "polite" }, root, data.copy_link);
  copy.onclick = async () => {
    await copied(location.href, host);
    copy.textContent = data.copied;
    setTimeout(() => (copy.textContent = data.copy_link), 1500);
  };
  const theme = make("button", { type: "button", "aria-label": data.theme, title: data.theme }, root, "◐");
  theme.onclick = () => switchTheme(isDark(host) ? "Light" : "Dark", data.pages);
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
