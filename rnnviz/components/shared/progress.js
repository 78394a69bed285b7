// How far a person is in the tour. It is kept in this browser alone: nothing of it is sent anywhere.
const KEPT = "rnnviz-tour";

function readProgress() {
  let found = null;
  try {
    found = JSON.parse(localStorage.getItem(KEPT));
  } catch {
    // forbidden, or not ours: start afresh
  }
  const part = (name) => (found?.[name] && typeof found[name] === "object" ? found[name] : {});
  return { done: part("done"), predicted: part("predicted"), last: typeof found?.last === "string" ? found.last : null, folded: found?.folded === true };
}

function keepProgress(progress) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(progress));
  } catch {
    // a browser that keeps nothing: ticks last as long as the page
  }
}

// A lesson has its tick when each of its steps was seen.
function isTicked(progress, key, steps) {
  const seen = progress.done[key];
  return Array.isArray(seen) && Array.from({ length: steps }, (_, at) => at).every((at) => seen.includes(at));
}
