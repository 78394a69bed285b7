// Beside the picture: what it expects after this step, what came, and the experiment with the first letter.
function buildExpects(parent, S) {
  const p = S.p;
  if (!p.next.length) return;
  const card = make("section", { class: "card" }, parent);
  const title = make("h3", {}, card);
  const list = make("div", { class: "bars" }, card);
  const came = make("p", { class: "came", "aria-live": "off" }, card);
  const other = p.changed ? make("section", { class: "other" }, card) : null;
  S.updates.push(() => {
    const next = p.tokens[S.t];
    title.textContent = fill(p.answers ? p.words.answers : p.words.expects, { token: p.tokens[S.t - 1], t: S.t });
    probabilityBars(list, p.next[S.t - 1].slice(0, p.changed ? 3 : p.layout === "present" ? 4 : 5), p.answers ? null : next, S.t);
    if (!p.answers) came.replaceChildren(...saidOfNext(S, next));
    if (other) {
      other.replaceChildren();
      make("h3", {}, other, fill(p.words.other_expects, { token: p.changed.token }));
      probabilityBars(make("div", { class: "bars", "data-run": "changed" }, other), p.changed.next[S.t - 1].slice(0, 3), p.answers ? null : next, S.t);
    }
  });
}

function saidOfNext(S, next) {
  const given = S.p.given[S.t - 1];
  if (next === undefined) return [document.createTextNode(S.p.words.last)];
  if (given === null) return [document.createTextNode(fill(S.p.words.never, { token: next }))];
  const data = { "data-signal": "probability", "data-t": S.t, "data-token": next, "data-value": given };
  const number = make("b", { class: "number", ...data }, null, fmtProb(given));
  return fillNodes(S.p.words.came, { token: next, probability: number });
}

// The first letter is changed on the server, which reads the whole text again; the step that is looked at stays.
function buildSwap(parent, S) {
  const p = S.p;
  if (!p.swaps) return;
  const card = make("section", { class: "card swap-card" }, parent);
  const tell = (t, token) => S.tell("swap", { t, token, at: S.t });
  if (p.changed) {
    const before = Array.from(p.arrays.distance.subarray(0, p.changed.t - 1)).every((size) => size === 0);
    make("h3", {}, card, fill(p.words.swapped, { from: p.tokens[p.changed.t - 1], to: p.changed.token, t: p.changed.t }));
    make("p", {}, card, p.changed.t === 1 ? p.words.swapped_first : before ? p.words.swapped_later : "");
    make("button", { type: "button", class: "see" }, card, p.words.swap_back).onclick = () => tell(0, "");
    return;
  }
  make("h3", {}, card, p.words.swap_title);
  const line = make("div", { class: "swap" }, card);
  const first = p.tokens[0];
  const field = make("input", { type: "text", maxlength: 2, "aria-label": p.words.swap_field, value: suggestion(first) });
  make("span", {}, line).append(...fillNodes(p.words.swap_line, { from: make("b", {}, null, first) }));
  line.append(field);
  const send = () => {
    const token = [...field.value][0];
    if (token !== undefined && token !== first) tell(1, token);
  };
  field.addEventListener("keydown", (event) => event.key === "Enter" && send()); // as `onkeydown` its false would swallow every other key
  make("button", { type: "button" }, line, p.words.swap_button).onclick = send;
}

// Another letter of the same case, so that nothing but the letter differs.
function suggestion(first) {
  const [a, b] = /\p{Lu}/u.test(first) ? ["S", "W"] : ["s", "w"];
  return first === a ? b : a;
}
