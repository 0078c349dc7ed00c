// Draws a query's rows where a page has a place for them: <figure data-plot="Vega-Lite without data" data-rows="….json">.
// Vega comes from datasette-dashboards; everything is served from here, nothing from elsewhere.
const libraries = ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"];

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
  const values = await rows(figure.dataset.rows);
  if (values.length === 0) {
    figure.hidden = true;
    return;
  }
  const spec = JSON.parse(figure.dataset.plot);
  await vegaEmbed(place, {
    width: "container",
    height: 240,
    background: null,
    data: { values },
    ...spec,
  }, spec.usermeta.embedOptions);
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
