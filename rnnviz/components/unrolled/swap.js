// Put another character in, and see which states change: the cone of influence.
function buildSwap(parent, S) {
  const p = S.p;
  if (p.mode !== "many-to-many" && p.mode !== "many-to-one") return;
  if (p.tokens.some((token) => token.length > 1)) return; // words and numbers are changed in the text field
  const card = make("section", { class: "card" }, parent);
  make("h3", {}, card, p.words.swap_title);
  if (!p.change) {
    const line = make("div", { class: "swap" }, card);
    const label = make("label", {}, line);
    const field = make("input", { type: "text", maxlength: 2, size: 2, "aria-label": p.words.swap_field }, line);
    const button = make("button", { type: "button" }, line, p.words.swap_button);
    const send = () => {
      const character = [...field.value][0];
      if (character !== undefined) S.tell("swap", { t: S.t, character });
    };
    button.onclick = send;
    field.addEventListener("keydown", (event) => event.key === "Enter" && send()); // as `onkeydown` its false would swallow every other key
    S.shown.push(() => (label.textContent = fill(p.words.swap_at, { token: p.tokens[S.t - 1], t: S.t })));
    make("p", { class: "note" }, card, p.words.swap_note);
    return;
  }
  const { change } = p;
  make("p", {}, card, fill(p.words.swapped, { from: p.tokens[change.t - 1], to: change.character, t: change.t }));
  make("p", { class: "note", "data-changed": change.changed, "data-all": change.all }, card, fill(p.words.swapped_count, { changed: change.changed, all: change.all }));
  const views = make("span", { class: "choice", role: "radiogroup" }, card);
  for (const [view, text] of [["change", p.words.view_change], ["now", p.words.view_now], ["was", p.words.view_was]]) {
    const node = make("button", { type: "button", role: "radio" }, views, text);
    node.onclick = () => {
      S.view = view;
      S.redraw();
    };
    S.shown.push(() => node.setAttribute("aria-checked", S.view === view));
  }
  const back = make("button", { type: "button", class: "see" }, card, p.words.swap_back);
  back.onclick = () => S.tell("swap", { t: 0, character: "" });
}
