// Draws a query's rows where a page has a place for them: <figure data-plot="Vega-Lite without data" data-rows="….json">.
// Vega comes from datasette-dashboards; everything is served from here, nothing from elsewhere.
const libraries = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"];
// Letters and lines take their colours from archive.css, which has them for light and for dark.
const look = {
  view: { stroke: null },
  axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", gridOpacity: 0.7, domainOpacity: 0.7, tickOpacity: 0.7 },
  axisX: { grid: false },
};

function load(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`../-/static-plugins/datasette_dashboards/${name}`, import.meta.url);
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${name} did not load`));
    document.head.append(script);
  });
}

async function rows(address) {
  const url = new URL(address, location);
  url.searchParams.set("_shape", "array");
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url.pathname}: ${answer.status}`);
  return answer.json();
}

// A series has a colour of archive.css; after eight they come again, on broken lines and other shapes.
const shapes = ["circle", "square", "triangle-up", "diamond"];
const again = (place) => Math.floor(place / 8);

function distinguished(spec, field, names) {
  const kind = spec.mark.type;
  if (kind === "line") {
    spec.encoding.strokeDash = { field, legend: null, scale: { domain: names, range: names.map((_, place) => (again(place) ? [3 + 3 * again(place), 3] : [1, 0])) } };
    // Eleven lines with their points are a thicket.
    if (names.length > 5) spec.mark = { ...spec.mark, point: false, strokeWidth: 1.7 };
  }
  if (kind === "point") {
    spec.encoding.shape = { field, legend: null, scale: { domain: names, range: names.map((_, place) => shapes[again(place) % shapes.length]) } };
  }
}

function legend(names, words, kind) {
  const list = document.createElement("ul");
  list.className = `legend ${kind}`;
  names.forEach((name, place) => {
    const item = document.createElement("li");
    const patch = document.createElement("span");
    patch.style.background = `var(--series-${place % 8 + 1})`;
    patch.className = `again-${again(place) % shapes.length}`;
    item.append(patch, words[name] ?? name);
    list.append(item);
  });
  return list;
}

// 250.000.000.000 on an axis is read by nobody: it counts in millions or more where the numbers are such.
function counted(encoding, values, scales) {
  const most = Math.max(...values.map((row) => Math.abs(row[encoding.field] ?? 0)));
  const [size, word] = scales.find(([from]) => most >= from) ?? [1, ""];
  const whole = values.every((row) => Number.isInteger(row[encoding.field] ?? 0));
  // There is no half a run; tickMinStep alone still asks for three ticks from 0 to 2, which are 0, 0.5 and so on.
  const few = { tickMinStep: 1, tickCount: Math.max(1, Math.min(most, 6)) };
  if (size === 1) return whole ? { ...encoding, axis: { ...encoding.axis, ...few } } : encoding;
  const axis = { ...encoding.axis, labelExpr: `format(datum.value / ${size}, ',~r')` };
  return { ...encoding, axis, title: `${encoding.title} (${word})` };
}

async function draw(figure) {
  const place = figure.querySelector(".drawing");
  const spec = JSON.parse(figure.dataset.plot);
  // What has no place on the axis (a bulletin without a day) is in the table only.
  const across = spec.encoding?.x?.field;
  const values = (await rows(figure.dataset.rows)).filter((row) => !across || row[across] !== null);
  if (values.length === 0) {
    place.textContent = figure.dataset.empty;
    figure.dataset.drawn = 0;
    return;
  }
  const { words = {}, scales = [], embedOptions = {} } = spec.usermeta ?? {};
  const { y, color } = spec.encoding ?? {};
  if (y?.field) spec.encoding.y = counted(y, values, scales);
  if (color?.field) {
    for (const row of values) row[color.field] ??= "–";
    const names = [...new Set(values.map((row) => row[color.field]))].sort();
    color.scale = { ...color.scale, domain: names };
    distinguished(spec, color.field, names);
    // Of several measures by choice one is drawn: which, the title does not say.
    if (names.length > 1 || color.field.startsWith("name_")) place.after(legend(names, words, spec.mark.type));
  }
  await vegaEmbed(place, {
    width: "container",
    height: 210,
    autosize: { type: "fit-x", contains: "padding" },
    background: null,
    config: look,
    data: { values },
    ...spec,
  }, { ...embedOptions, logLevel: vega.Error });
  figure.dataset.drawn = values.length;
}

const figures = [...document.querySelectorAll("figure[data-plot]")];
if (figures.length > 0) {
  for (const name of libraries) await load(name);
  for (const figure of figures) {
    draw(figure).catch((error) => {
      figure.dataset.failed = error.message;
      console.error(error);
    });
  }
}
