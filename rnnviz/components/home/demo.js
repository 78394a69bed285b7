// The picture begins by itself, once a session: in the browser alone, and until the first touch of anything.
function startDemo(S, running) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!running && (window.__rnnvizHasRead || still || S.t !== 1 || S.p.time === 1)) return;
  window.__rnnvizHasRead = S.demo = true;
  S.seen = S.t;
  const end = () => {
    if (!S.demo) return;
    S.demo = false;
    S.seen = S.p.time;
    S.forgetDemo();
    update(S);
  };
  const stop = (event) => {
    const path = event.composedPath();
    if (path[0] !== S.playButton) rest(S); // its own click pauses
    if (path.includes(S.root)) S.commit();
    end();
  };
  S.forgetDemo = () => {
    S.demo = false;
    S.forgetDemo = null;
    for (const kind of ["pointerdown", "keydown"]) document.removeEventListener(kind, stop);
  };
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, stop);
  play(S, ({ t }) => {
    S.seen = Math.max(S.seen, t);
    S.t = t;
    reveal(S);
    update(S);
    if (t < S.p.time) return;
    rest(S);
    end();
  });
}

// Stop where it is. Python hears nothing of it, for nobody chose that step.
function rest(S) {
  clearInterval(S.timer);
  S.timer = null;
  S.playButton.textContent = "▶";
  S.playButton.setAttribute("aria-label", S.p.words.play);
}
