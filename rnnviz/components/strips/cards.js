// The cards beside the picture: surprise, what is expected next, one unit behind the text.
function buildCards(parent, S, go) {
  const p = S.p;
  const side = make("div", { class: "cards" }, parent);
  if (p.given.length) {
    buildExpectation(side, S);
    if (!p.answers) buildSurprise(side, S, go);
  }
  if (p.layout !== "compact") buildTint(side, S, go);
  if (p.words.notice) {
    const card = make("section", { class: "card" }, side);
    make("h3", {}, card, p.words.notice_title);
    make("p", {}, card, p.words.notice);
  }
  if (p.words.try) {
    const card = make("section", { class: "card" }, side);
    make("h3", {}, card, p.words.try_title);
    make("p", {}, card, p.words.try);
    const button = make("button", { type: "button", class: "see" }, card, p.words.try_button);
    button.onclick = () => S.tell("attempt", true);
  }
  return side;
}

function buildSurprise(parent, S, go) {
  const p = S.p;
  const card = make("section", { class: "card" }, parent);
  make("h3", {}, card, p.words.surprise_title);
  const colours = S.colours.probability;
  tintedText(card, S, go, (t) => {
    const bits = p.surprise[t - 1];
    return bits === null ? null : { index: indexOf(bits, 0, 8), label: fmtBits(bits, p.words.bits), attributes: { "data-signal": "surprise", "data-t": t, "data-value": bits } };
  }, colours); // prettier-ignore
  const legend = make("div", { class: "ramp-row" }, card);
  make("span", {}, legend, "0");
  make("span", { class: "ramp", style: `background: linear-gradient(to right, ${S.stops.probability.join(",")})` }, legend);
  make("span", {}, legend, "8");
  make("p", { class: "note" }, card, p.words.surprise_note);
}

function buildExpectation(parent, S) {
  const p = S.p;
  const card = make("section", { class: "card expects" }, parent);
  const title = make("h3", {}, card);
  const list = make("div", { class: "bars" }, card);
  const after = make("p", { class: "note" }, card);
  S.updates.push(() => {
    const read = p.tokens.slice(Math.max(0, S.t - 10), S.t).join(p.tokens.some((token) => token.length > 1) ? " " : "");
    title.textContent = fill(p.answers ? p.words.answers_title : p.words.expects_title, { text: (S.t > 10 ? "…" : "") + read });
    probabilityBars(list, p.next[S.t - 1], p.answers ? null : p.tokens[S.t], S.t);
    if (p.answers) after.textContent = p.words.answers_note;
    else if (S.t === p.time) after.textContent = p.words.came_last;
    else if (p.given[S.t - 1] === null) after.textContent = fill(p.words.came_unknown, { token: p.tokens[S.t] });
    else {
      const number = make("span", { "data-signal": "probability", "data-t": S.t, "data-token": p.tokens[S.t], "data-value": p.given[S.t - 1] }, null, fmtProb(p.given[S.t - 1]));
      after.replaceChildren(...fillNodes(p.words.came, { token: p.tokens[S.t], p: number }));
    }
  });
}

function buildTint(parent, S, go) {
  const p = S.p;
  const strip = Math.max(0, p.strips.findIndex((s) => s.signal === p.choice.signal));
  const card = make("section", { class: "card" }, parent);
  const title = make("h3", {}, card);
  const body = make("div", {}, card);
  const half = make("p", { class: "note", title: p.words.half_life_help }, card);
  let drawn = null;
  S.updates.push(() => {
    const key = `${S.unit} ${p.exactUnit}`;
    if (drawn === key) return;
    drawn = key;
    title.textContent = fill(p.words.tint_title, { name: p.strips[strip].name, unit: S.unit });
    body.replaceChildren();
    tintedText(body, S, go, (t) => {
      const { value, exact } = valueAt(p, strip, S.unit, t);
      return { index: colourIndex(p, strip, S.unit, t), label: shown(p, strip, value, exact), attributes: address(p, strip, S.unit, t, value, exact) };
    }, S.colours[p.strips[strip].kind]); // prettier-ignore
    markText(body, S);
    half.replaceChildren(...halfLife(p, S.unit));
  });
}

// How long this unit remembers at the mean pace of the gate that keeps; nothing for a cell without one.
function halfLife(p, unit) {
  const keeper = p.strips.find((strip) => strip.role === "keep");
  if (!keeper || !p.half_life) return [];
  const steps = p.half_life[unit - 1] ?? Infinity;
  const where = { "data-signal": keeper.signal, "data-layer": p.layer, "data-direction": p.direction, "data-unit": unit };
  const number = make("b", { class: "number", ...where, "data-stat": "half-life", "data-value": steps }, null, fmtSteps(steps));
  return fillNodes(p.words.half_life, { steps: number, name: keeper.name });
}

// The typed text, one span a character, coloured by `look(t)`; null leaves it plain.
function tintedText(parent, S, go, look, colours) {
  const line = make("div", { class: "text" }, parent);
  S.p.tokens.forEach((token, at) => {
    const found = look(at + 1);
    const style = found ? `background: ${css(colours, found.index)}; color: ${inkFor(colours, found.index)}` : null;
    const node = make("span", { style, title: found ? `t = ${at + 1}: ${found.label}` : null, ...(found?.attributes || {}), "data-step": at + 1 }, line, token);
    if (token.length > 1 || S.p.tokens[at + 1]?.length > 1) line.append(" ");
    node.onclick = () => go({ t: at + 1 });
  });
  S.texts.add(line);
  return line;
}

function markText(root, S) {
  for (const node of root.querySelectorAll("[data-step]")) {
    const now = Number(node.dataset.step) === S.t;
    node.classList.toggle("now", now);
    const line = node.parentElement;
    if (now && line.scrollHeight > line.clientHeight) line.scrollTop = node.offsetTop - line.offsetTop - line.clientHeight / 2;
  }
}
