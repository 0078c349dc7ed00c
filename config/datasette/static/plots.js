// Draws a query's rows where a page has a place for them: <figure data-plot="Vega-Lite without data" data-rows="….json">.
// Vega comes from datasette-dashboards; everything is served from here, nothing from elsewhere.
const libraries = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"];
// Letters and lines take their colours from archive.css, which has them for light and for dark.
const look = {
  view: { stroke: null },
  axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", gridOpacity: 0.7, domainOpacity: 0.7, tickOpacity: 0.7 },
  axisX: { grid: false },
  legend: { labelFontSize: 12, symbolSize: 90, rowPadding: 4 },
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

async function draw(figure) {
  const place = figure.querySelector(".drawing");
  const spec = JSON.parse(figure.dataset.plot);
  const values = await rows(figure.dataset.rows);
  const series = spec.encoding?.color?.field;
  for (const row of series ? values : []) row[series] ??= "–";
  if (values.length === 0) {
    figure.hidden = true;
    return;
  }
  await vegaEmbed(place, {
    width: "container",
    height: 240,
    autosize: { type: "fit", contains: "padding" },
    background: null,
    config: look,
    data: { values },
    ...spec,
  }, { ...spec.usermeta?.embedOptions, logLevel: vega.Error });
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
