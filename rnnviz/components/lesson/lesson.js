export default function ({ data, parentElement: host, setTriggerValue }) {
  if (data.go) return void location.replace(data.again); // opened inside a session: its state is only sure in a new one
  const S = host.__lesson || (host.__lesson = {});
  const same = S.data?.key === data.key;
  S.data = data;
  S.progress = readProgress();
  const { progress } = S;
  const seen = new Set(Array.isArray(progress.done[data.key]) ? progress.done[data.key] : []);
  const before = isTicked(progress, data.key, data.steps.length);
  data.steps.forEach(([, now], at) => now && seen.add(at));
  progress.done[data.key] = [...seen];
  progress.last = data.key;
  keepProgress(progress);

  const root = host.querySelector("#root");
  const focus = host.activeElement?.dataset?.focus;
  root.replaceChildren();
  root.className = data.layout;
  const w = data.words;
  const card = make("section", { class: "lesson", "aria-label": w.label, "data-lesson": data.key }, root);
  const head = make("header", {}, card);
  make("span", { class: "which" }, head, data.number);
  const ticked = isTicked(progress, data.key, data.steps.length);
  make("h2", {}, head, data.title);
  if (ticked) make("span", { class: "tick", title: w.ticked, role: "img", "aria-label": w.ticked }, head, "✓");
  buildTicks(head, S);
  const nav = make("nav", { "aria-label": w.label }, head);
  const go = (href, text, name, label) => make("a", { href: href ?? data.tour, target: "_self", class: `button ${name}`, "aria-label": label, title: label, "data-focus": name }, nav, text);
  const act = (text, name, label, run) => {
    const button = make("button", { type: "button", class: name, "aria-label": label, title: label, "data-focus": name }, nav, text);
    button.onclick = run;
    return button;
  };
  if (!data.here) go(data.again, w.elsewhere, "elsewhere");
  go(data.back, `◀ ${w.back}`, "back").title = w.keys;
  go(data.next, `${data.next ? w.next : w.to_tour} ▶`, "next").title = w.keys;
  if (data.here) go(data.again, "↺", "again", `${w.again}. ${w.again_help}`).addEventListener("click", () => forget(S));
  const fold = act("", "fold", "", () => {
    progress.folded = !progress.folded;
    keepProgress(progress);
    folded();
  });
  act("✕", "leave", w.leave, () => setTriggerValue("leave", true));

  const body = make("div", { class: "body" }, card);
  const see = make("section", { class: "see" }, body);
  make("h3", {}, see, w.see);
  make("p", {}, see, data.see);
  S.asking = data.here; // until something is predicted
  buildPrediction(body, S, () => {
    S.asking = false;
    veil(false);
  });
  const attempt = make("section", { class: "try" }, body);
  make("h3", {}, attempt, w.try);
  make("p", { class: "first" }, attempt, w.first);
  const list = make("ul", {}, attempt);
  data.steps.forEach(([text], at) => {
    const item = make("li", { class: seen.has(at) ? "done" : "", "data-done": seen.has(at) ? "yes" : "no" }, list);
    make("span", { class: "mark", role: "img", "aria-label": seen.has(at) ? w.done : w.open }, item, seen.has(at) ? "✓" : "○");
    make("span", {}, item, text);
  });
  make("p", { class: "said", role: "status" }, attempt, ticked && !before && same ? w.ticked : "");

  function folded() {
    body.hidden = progress.folded;
    veil(S.asking && !progress.folded);
    fold.textContent = progress.folded ? "▼" : "▲";
    fold.setAttribute("aria-expanded", !progress.folded);
    for (const name of ["aria-label", "title"]) fold.setAttribute(name, progress.folded ? w.unfold : w.fold);
  }
  folded();
  if (focus) host.querySelector(`[data-focus="${focus}"]`)?.focus({ preventScroll: true });

  const keys = (event) => turn(event, S, host);
  window.addEventListener("keydown", keys, true); // before the pictures, which move with the same arrows
  return () => {
    window.removeEventListener("keydown", keys, true);
    veil(false);
  };
}

// Numbers that would give the answer away are out of sight, as with `hide=numbers` in the link (rnnviz.ui.hiding).
function veil(drawn) {
  if (drawn) document.documentElement.style.setProperty("--rnnviz-numbers", "hidden");
  else document.documentElement.style.removeProperty("--rnnviz-numbers");
}

function buildTicks(head, S) {
  const { data: d, progress } = S;
  const count = d.ticks.filter(([key, steps]) => isTicked(progress, key, steps)).length;
  const label = fill(d.words.progress, { done: count, all: d.ticks.length });
  const row = make("span", { class: "ticks", role: "img", "aria-label": label, title: label, "data-count": count }, head);
  for (const [key, steps] of d.ticks) make("i", { class: [isTicked(progress, key, steps) ? "on" : "", key === d.key ? "now" : ""].join(" ") }, row);
}

// What was predicted and seen in this lesson, for the next person at this browser.
function forget(S) {
  delete S.progress.predicted[S.data.key];
  keepProgress(S.progress);
}

// Shift and an arrow turn the tour's pages; so do the keys of a presenter's remote control.
function turn(event, S, host) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const present = S.data.layout === "present";
  const by = event.shiftKey ? { ArrowRight: "next", ArrowLeft: "back" }[event.key] : present ? { PageDown: "next", PageUp: "back" }[event.key] : undefined;
  if (!by) return;
  const typed = "input:not([type=checkbox], [type=radio], [type=range], [role=combobox][aria-expanded=false]), textarea, [contenteditable], [role=listbox], [role=dialog]";
  const field = event.composedPath()[0].closest?.(typed);
  if (field) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  host.querySelector(`a.${by}`)?.click();
}
