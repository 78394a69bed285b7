// Where a picture stands: its step and unit, who moved them last, and when Python hears of it.
//
// The state lives on the component's host and survives reruns. Steps are local; what is chosen is told to Python 150 ms
// after the last move, never while playing. `choice.turn` grows whenever Python moved the choice, and only then is it taken.
function startTimeline(S, p, show) {
  if (p.choice.turn !== S.turn) [S.turn, S.t, S.unit] = [p.choice.turn, p.choice.t, p.choice.unit];
  S.t = Math.max(1, Math.min(p.time, S.t));
  S.unit = Math.max(1, Math.min(p.units, S.unit));
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
  return ({ t = S.t, unit = S.unit }) => {
    S.t = Math.max(1, Math.min(p.time, t));
    S.unit = unit;
    show(S);
    if (!S.timer) S.commit();
  };
}

// Call `rebuild` only when the data or the theme changed; return what to do when the component goes.
function whenChanged(S, host, data, setTriggerValue, rebuild) {
  const dark = isDark(host);
  const same = S.bytes && S.dark === dark && S.bytes.length === data.length && (S.bytes === data || S.bytes.every((b, i) => b === data[i]));
  S.setTriggerValue = setTriggerValue;
  const redraw = () => {
    S.dark = isDark(host);
    const playing = S.timer;
    halt(S);
    rebuild();
    if (playing) S.resume?.();
  };
  if (!same) redraw();
  S.forgetTheme?.();
  S.forgetTheme = onTheme(host, redraw);
  S.bytes = data;
  return () => {
    halt(S);
    S.forgetTheme();
    clearTimeout(S.pending);
    S.bytes = null;
  };
}

function halt(S) {
  clearInterval(S.timer);
  S.timer = null;
  S.forgetKeys?.();
  S.observer?.disconnect();
}

// Colours of this theme: `S.stops` and `S.colours` by kind, `--role-…` for the inks.
function dress(S, root, p) {
  const mode = S.dark ? "dark" : "light";
  S.stops = Object.fromEntries(Object.entries(p.scales).map(([kind, scale]) => [kind, scale[mode]]));
  S.colours = Object.fromEntries(Object.entries(S.stops).map(([kind, stops]) => [kind, table(stops)]));
  root.replaceChildren();
  root.className = `${mode} ${p.layout}`;
  for (const [role, ink] of Object.entries(p.roles)) {
    root.style.setProperty(`--role-${role}`, ink[mode]);
    root.style.setProperty(`--stroke-${role}`, ink[`${mode}_stroke`]);
  }
}
