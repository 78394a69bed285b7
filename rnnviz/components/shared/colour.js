// Colour tables made from the stops that Python sends, so that picture and legend cannot differ.
function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// The last of 255 colours: an odd number, so that zero has the middle one to itself.
const LAST = 254;

// Colours evenly spread between the stops.
function table(stops) {
  const parts = stops.map(rgb);
  const colours = new Uint8ClampedArray((LAST + 1) * 3);
  for (let i = 0; i <= LAST; i++) {
    const place = (i / LAST) * (parts.length - 1);
    const low = Math.min(Math.floor(place), parts.length - 2);
    for (let c = 0; c < 3; c++) colours[i * 3 + c] = parts[low][c] + (parts[low + 1][c] - parts[low][c]) * (place - low);
  }
  return colours;
}

function css(colours, index) {
  return `rgb(${colours[index * 3]}, ${colours[index * 3 + 1]}, ${colours[index * 3 + 2]})`;
}

// Position in the table of a value within a domain; values beyond it take the colour of its end.
function indexOf(value, low, high) {
  return Math.max(0, Math.min(LAST, Math.round(((value - low) / (high - low)) * LAST)));
}

function luminance(r, g, b) {
  const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

// Black or white, whichever is easier to read on this colour.
function inkFor(colours, index) {
  const light = luminance(colours[index * 3], colours[index * 3 + 1], colours[index * 3 + 2]);
  return (light + 0.05) / 0.05 > 1.05 / (light + 0.05) ? "#000" : "#fff";
}

// A ground from the colour table for a value from 0 to `most`, and the ink that can be read on it.
function tint(node, colours, value, most) {
  const index = indexOf(Math.min(value, most), 0, most);
  node.style.background = css(colours, index);
  node.style.color = inkFor(colours, index);
}

// Whether the page around the component is dark.
function isDark(host) {
  const probe = make("span", { style: "color: var(--st-background-color); display: none" }, host);
  const parts = getComputedStyle(probe).color.match(/[\d.]+/g) || [255, 255, 255];
  probe.remove();
  return luminance(...parts.slice(0, 3).map(Number)) < 0.3;
}
