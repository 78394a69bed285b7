// Slow motion: six sentences, each with what it speaks of lit up.
function buildMotion(parent, S) {
  const p = S.p;
  if (!p.motion.length) return;
  const bar = make("div", { class: "motion", role: "toolbar", "aria-label": p.words.motion }, parent);
  const button = (sign, label, act) => {
    const node = make("button", { type: "button", "aria-label": label, title: label }, bar, sign);
    node.onclick = act;
    return node;
  };
  const to = (at) => {
    S.motion = at === null || at < 0 || at >= p.motion.length ? null : at;
    if (S.motion === null) stopMotion(S);
    S.refresh();
  };
  S.motionButton = button(`▶ ${p.words.motion}`, p.words.motion, () => {
    if (S.motionTimer) return stopMotion(S);
    to(S.motion === null || S.motion === p.motion.length - 1 ? 0 : S.motion);
    S.motionTimer = setInterval(() => (S.motion < p.motion.length - 1 ? to(S.motion + 1) : stopMotion(S)), 2600);
    S.motionButton.textContent = `❚❚ ${p.words.motion}`;
  });
  button("◀", p.words.motion_back, () => (stopMotion(S), to(S.motion === null ? 0 : S.motion - 1)));
  const counter = make("span", { class: "count" }, bar);
  button("▶|", p.words.motion_on, () => (stopMotion(S), to(S.motion === null ? 0 : S.motion + 1)));
  const caption = make("p", { class: "caption", "aria-live": "polite" }, bar);
  S.updates.push(() => {
    counter.textContent = S.motion === null ? `– / ${p.motion.length}` : `${S.motion + 1} / ${p.motion.length}`;
    const sentences = p.words.captions[p.cell.replace("-relu", "")];
    const values = numbersAt(p, S.t, S.over);
    const numbers = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, make("b", { class: `role-${roleOf(p, name)}` }, null, fmtValue(value, p.parts.find((each) => each.signal === name)?.kind !== "gate"))]));
    caption.replaceChildren(...(S.motion === null ? [document.createTextNode(p.words.motion_idle)] : fillNodes(sentences[S.motion], { ...numbers, token: p.tokens[S.t - 1], t: S.t })));
  });
}

function stopMotion(S) {
  clearInterval(S.motionTimer);
  S.motionTimer = null;
  if (S.motionButton) S.motionButton.textContent = `▶ ${S.p.words.motion}`;
}
