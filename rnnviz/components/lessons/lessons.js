function draw(host, data) {
  const root = host.querySelector("#root");
  const focused = host.activeElement?.dataset?.focus;
  root.replaceChildren();
  const w = data.words;
  let progress = readProgress();
  const ticked = (row) => isTicked(progress, row.key, row.steps);
  const count = data.rows.filter(ticked).length;
  const said = (row) => fill(w.row, { number: data.rows.indexOf(row) + 1, title: row.title });

  const bar = make("div", { class: "bar" }, root);
  const last = data.rows.find((row) => row.key === progress.last);
  const next = last && !ticked(last) ? last : data.rows.find((row, at) => !ticked(row) && at > data.rows.indexOf(last)) ?? data.rows.find((row) => !ticked(row));
  const text = !last ? w.start : next ? fill(w.go_on, { number: data.rows.indexOf(next) + 1, title: next.title }) : "";
  if (text) make("a", { class: "button main", href: (next ?? data.rows[0]).href, target: "_self", "data-focus": "go" }, bar, `${text} ▶`);
  else make("b", {}, bar, w.all_done);
  make("progress", { max: data.rows.length, value: count, "aria-label": w.label }, bar);
  make("span", { class: "count", "data-count": count }, bar, fill(w.progress, { done: count, all: data.rows.length }));
  if (last) {
    const again = make("button", { type: "button", class: "again", title: w.again_help, "data-focus": "again" }, bar, w.again);
    again.onclick = () => {
      progress = { done: {}, predicted: {}, last: null, folded: false };
      keepProgress(progress);
      draw(host, data);
    };
  }
  const list = make("ol", { "aria-label": w.label }, root);
  for (const row of data.rows) {
    const item = make("li", { "data-lesson": row.key, "data-ticked": ticked(row) ? "yes" : "no", class: row === next ? "now" : "" }, list);
    const link = make("a", { href: row.href, target: "_self", "data-focus": row.key }, item);
    const mark = make("span", { class: "mark" }, link, ticked(row) ? "✓" : "○");
    if (ticked(row)) [["role", "img"], ["aria-label", w.ticked]].forEach(([name, value]) => mark.setAttribute(name, value));
    else mark.setAttribute("aria-hidden", "true");
    const what = make("span", { class: "what" }, link);
    make("b", {}, what, said(row));
    make("span", { class: "goal" }, what, row.goal);
    make("span", { class: "where" }, link, `${row.page} · ${row.time}`);
  }
  make("p", { class: "kept" }, root, w.kept);
  if (focused) host.querySelector(`[data-focus="${focused}"]`)?.focus({ preventScroll: true });
}

export default function ({ data, parentElement: host }) {
  draw(host, data);
}
