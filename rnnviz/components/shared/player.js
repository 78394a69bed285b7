// Moving through time: buttons, slider, keys. Everything here is local; Python hears of it once the hand rests.
function buildPlayer(parent, S, go) {
  const w = S.p.words;
  const bar = make("div", { class: "player", role: "toolbar", "aria-label": w.toolbar }, parent);
  const button = (sign, label, act) => {
    const b = make("button", { type: "button", "aria-label": label, title: label }, bar, sign);
    b.onclick = act;
    return b;
  };
  button("|◀", w.first, () => (pause(S), go({ t: 1 })));
  button("◀", w.back, () => (pause(S), go({ t: S.t - 1 })));
  S.playButton = button("▶", w.play, () => (S.timer ? pause(S) : play(S, go)));
  button("▶|", w.forward, () => (pause(S), go({ t: S.t + 1 })));
  const slider = make("input", { type: "range", min: 1, max: S.p.time, step: 1, "aria-label": w.slider, class: "scrub" }, bar);
  slider.oninput = () => (pause(S), go({ t: Number(slider.value) }));
  const counter = make("output", { class: "counter", "aria-live": "off" }, bar);
  const speed = make("select", { "aria-label": w.speed, title: w.speed }, bar);
  for (const factor of [0.5, 1, 2, 4]) make("option", { value: factor, selected: factor === S.speed }, speed, `${factor}×`);
  speed.onchange = () => {
    S.speed = Number(speed.value);
    if (S.timer) play(S, go);
  };
  S.updates.push(() => {
    slider.value = S.t;
    counter.textContent = fill(w.of, { t: S.t, time: S.p.time });
  });
  return bar;
}

// Time runs to the right; a picture with `S.playsFrom` runs from that step to the left, as gradients do.
function play(S, go) {
  clearInterval(S.timer);
  const [by, start, end] = S.playsFrom ? [-1, S.playsFrom(), 1] : [1, 1, S.p.time];
  if (S.t === end) go({ t: start });
  S.timer = setInterval(() => (S.t !== end ? go({ t: S.t + by }) : pause(S)), 400 / S.speed);
  S.playButton.textContent = "❚❚";
  S.playButton.setAttribute("aria-label", S.p.words.pause);
}

function pause(S) {
  if (!S.timer) return;
  clearInterval(S.timer);
  S.timer = null;
  S.playButton.textContent = "▶";
  S.playButton.setAttribute("aria-label", S.p.words.play);
  S.commit();
}

// Arrow keys anywhere on the page, unless a field, list or slider has the focus.
function listenToKeys(S, go) {
  const act = (event) => {
    const target = event.composedPath()[0];
    if (S.p.keys === false && !S.root.contains(target)) return;
    const busy = target.closest?.("input, textarea, select, button, a, [contenteditable], [role=slider], [role=listbox], [role=combobox], [role=radio], [role=tab]");
    const free = target.type === "range" && S.root.contains(target) && event.key === " "; // a slider has no use for the space bar
    const button = S.root.contains(target) && target.closest?.("button") && event.key !== " "; // nor has a button for arrows
    if ((busy && !free && !button) || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const moves = {
      ArrowLeft: () => go({ t: S.t - 1 }),
      ArrowRight: () => go({ t: S.t + 1 }),
      Home: () => go({ t: 1 }),
      End: () => go({ t: S.p.time }),
      " ": () => (S.timer ? null : play(S, go)),
    };
    if (S.root.contains(target) && S.moveRow) [moves.ArrowUp, moves.ArrowDown] = [() => S.moveRow(-1), () => S.moveRow(1)];
    const move = moves[event.key];
    if (!move) return;
    const playing = S.timer;
    pause(S);
    if (!(playing && event.key === " ")) move();
    event.preventDefault();
  };
  document.addEventListener("keydown", act);
  return () => document.removeEventListener("keydown", act);
}
