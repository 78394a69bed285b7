// The strips picture. State lives on the root and survives reruns; the DOM is rebuilt only when the picture changes.

export default function (component) {
  const { data, parentElement: host, setTriggerValue } = component;
  const root = host.querySelector("#root");
  const S = host.__strips || (host.__strips = { t: 1, unit: 1, turn: -1, first: 0, speed: 1, timer: null, bytes: null });
  const dark = isDark(host);
  if (S.bytes !== data || S.dark !== dark) {
    const same = S.bytes && S.bytes.length === data.length && S.dark === dark && S.bytes.every((b, i) => b === data[i]);
    if (!same) {
      S.dark = dark;
      S.setTriggerValue = setTriggerValue;
      rebuild(S, root, decode(data));
    }
    S.bytes = data;
  }
  S.setTriggerValue = setTriggerValue;
  return () => {
    clearInterval(S.timer);
    clearTimeout(S.pending);
    S.forgetKeys?.();
    S.observer?.disconnect();
    S.timer = S.bytes = null;
  };
}

function rebuild(S, root, p) {
  const hadFocus = root.contains(root.getRootNode().activeElement) && root.getRootNode().activeElement.classList.contains("stage");
  const playing = S.timer;
  clearInterval(S.timer);
  S.timer = null;
  S.forgetKeys?.();
  S.observer?.disconnect();
  const mode = S.dark ? "dark" : "light";
  S.stops = Object.fromEntries(Object.entries(p.scales).map(([kind, scale]) => [kind, scale[mode]]));
  S.colours = Object.fromEntries(Object.entries(S.stops).map(([kind, stops]) => [kind, table(stops)]));
  S.p = p;
  S.root = root;
  S.updates = [];
  S.texts = new Set();
  if (p.choice.turn !== S.turn) [S.turn, S.t, S.unit] = [p.choice.turn, p.choice.t, p.choice.unit];
  S.t = Math.max(1, Math.min(p.time, S.t));
  S.unit = Math.max(1, Math.min(p.units, S.unit));
  S.rows = Math.min(p.rows, p.units);
  S.first = Math.max(0, Math.min(p.units - S.rows, S.first));
  S.sent = { t: p.choice.t, unit: p.choice.unit };
  S.tell = (name, value) => S.setTriggerValue(name, value);
  S.commit = () => {
    clearTimeout(S.pending);
    S.pending = setTimeout(() => {
      if (S.timer || (S.sent.t === S.t && S.sent.unit === S.unit)) return;
      S.sent = { t: S.t, unit: S.unit };
      S.tell("chosen", { t: S.t, unit: S.unit, of: p.time });
    }, 150);
  };
  const go = ({ t = S.t, unit = S.unit }) => {
    S.t = Math.max(1, Math.min(p.time, t));
    S.unit = unit;
    S.tip.hidden = true;
    reveal(S);
    update(S);
    if (!S.timer) S.commit();
  };

  root.replaceChildren();
  root.className = `${mode} ${p.layout}`;
  for (const [role, ink] of Object.entries(p.roles)) root.style.setProperty(`--role-${role}`, ink[mode]);
  const main = make("div", { class: "main" }, root);
  const bar = buildPlayer(main, S, go);
  if (p.layout !== "present") buildExport(bar, S);
  buildStage(main, S, go);
  if (p.layout !== "compact") buildSays(main, S);
  buildCards(root, S, go);
  S.forgetKeys = listenToKeys(S, go);
  S.observer = new ResizeObserver(() => layout(S));
  S.observer.observe(S.time);
  layout(S);
  reveal(S);
  update(S);
  if (hadFocus) S.stage.focus({ preventScroll: true });
  if (playing) play(S, go);
}

function layout(S) {
  const p = S.p;
  const width = S.time.clientWidth;
  if (!width) return;
  S.column = Math.max(LEAST_COLUMN * typeScale(), Math.min(96 * typeScale(), width / p.time));
  S.inner.style.width = `${S.column * p.time}px`;
  S.inner.style.setProperty("--column", `${S.column}px`);
  draw(S);
  update(S);
}

function draw(S) {
  S.canvases.forEach((canvas, at) => drawStrip(canvas, S.p, at, S.first, S.rows, S.colours[S.p.strips[at].kind]));
}

function update(S) {
  if (!S.column) return;
  for (const act of S.updates) act();
}

// Bring the chosen unit and step into view.
function reveal(S) {
  const row = S.p.order.indexOf(S.unit);
  if (row < S.first || row >= S.first + S.rows) {
    S.first = Math.max(0, Math.min(S.p.units - S.rows, row - Math.floor(S.rows / 2)));
    draw(S);
  }
  if (!S.column) return;
  const [left, right] = [(S.t - 1) * S.column, S.t * S.column];
  if (left < S.time.scrollLeft) S.time.scrollLeft = Math.max(0, left - 40);
  else if (right > S.time.scrollLeft + S.time.clientWidth) S.time.scrollLeft = right - S.time.clientWidth + 40;
}
