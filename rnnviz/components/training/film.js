// The film: one slider over the checkpoints of a run, and every picture follows. All of it is in the browser already.
function buildFilm(parent, S, draw) {
  const w = S.p.words;
  const bar = make("div", { class: "film", role: "toolbar", "aria-label": w.film }, parent);
  const play = make("button", { type: "button", "aria-label": w.play, title: w.play }, bar, "▶");
  const slider = make("input", { type: "range", min: 0, value: 0, step: 1, class: "scrub", "aria-label": w.film }, bar);
  const counter = make("output", { class: "counter" }, bar);
  const stop = (S.rest = () => {
    clearInterval(S.timer);
    S.timer = null;
    play.textContent = "▶";
    play.setAttribute("aria-label", w.play);
  });
  const go = (frame) => {
    const count = S.frames();
    S.frame = Math.max(0, Math.min(count - 1, frame));
    S.following = S.frame === count - 1;
    draw();
    clearTimeout(S.pending);
    S.pending = setTimeout(() => S.setTriggerValue("framed", { step: S.shownStep() }), 300);
  };
  play.onclick = () => {
    if (S.timer) return stop();
    if (S.frame >= S.frames() - 1) S.frame = -1;
    play.textContent = "❚❚";
    play.setAttribute("aria-label", w.pause);
    S.timer = setInterval(() => (S.frame < S.frames() - 1 ? go(S.frame + 1) : stop()), 180);
  };
  slider.oninput = () => (stop(), go(Number(slider.value)));
  return () => {
    const count = S.frames();
    bar.hidden = count < 2;
    slider.max = Math.max(0, count - 1);
    slider.value = S.frame;
    counter.textContent = count < 2 ? "" : fill(w.frame, { step: fmtCount(S.shownStep()) });
  };
}
