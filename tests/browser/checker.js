// What a page must have so that everybody can use it: a list of what is wrong, each with where. No library; runs in the page.
() => {
  const wrong = [];
  const where = (node) => {
    const shown = node.outerHTML.replace(/\s+/g, " ");
    return shown.length > 140 ? `${shown.slice(0, 140)}…` : shown;
  };
  const visible = (node) => node.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
  const all = (selector) => [...document.querySelectorAll(selector)];

  // Structure
  if (!["vi", "en"].includes(document.documentElement.lang)) wrong.push(`html lang is ${document.documentElement.lang}`);
  if (document.title.trim() === "") wrong.push("no title");
  for (const [selector, name] of [["h1", "h1"], ["main", "main"], ["body > header", "header"], ["body > footer", "footer"]]) {
    const found = all(selector).length;
    if (found !== 1) wrong.push(`${found} times ${name}`);
  }
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6").filter(visible)) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) wrong.push(`from h${level} to h${own}: ${where(heading)}`);
    level = own;
  }
  const ids = new Map();
  for (const node of all("[id]")) ids.set(node.id, (ids.get(node.id) ?? 0) + 1);
  for (const [id, times] of ids) if (times > 1) wrong.push(`${times} times id ${id}`);
  for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls"]) {
    for (const node of all(`[${attribute}]`)) {
      for (const id of node.getAttribute(attribute).split(/\s+/)) if (!ids.has(id)) wrong.push(`no ${id} for ${where(node)}`);
    }
  }
  const navigations = all("nav, [role=navigation], [role=search], form[role]").filter(visible);
  for (const node of navigations) if (!node.getAttribute("aria-label") && !node.getAttribute("aria-labelledby")) wrong.push(`a landmark without name: ${where(node)}`);

  // Names
  const nameOf = (node) => {
    const by = (node.getAttribute("aria-labelledby") ?? "").split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
    const images = [...node.querySelectorAll("img[alt]")].map((image) => image.alt).join(" ");
    return (by || node.getAttribute("aria-label") || node.textContent + images || node.title || "").trim();
  };
  for (const node of all("a[href], button, summary, [role=region], [role=img]").filter(visible)) if (nameOf(node) === "") wrong.push(`no name: ${where(node)}`);
  for (const node of all("input:not([type=hidden]), select, textarea").filter(visible)) {
    const labelled = [...(node.labels ?? [])].some((label) => label.textContent.trim() !== "");
    if (!labelled && !node.getAttribute("aria-label") && !["submit", "button"].includes(node.type)) wrong.push(`no label: ${where(node)}`);
  }
  for (const node of all("img:not([alt])")) wrong.push(`no alt: ${where(node)}`);
  for (const node of all("table")) if (!node.querySelector("th[scope]")) wrong.push(`a table without heads: ${where(node)}`);
  for (const node of all("a[target=_blank]")) wrong.push(`a new window: ${where(node)}`);

  // Keyboard: what can be scrolled must be reachable, and nothing jumps the order.
  for (const node of all("[tabindex]")) if (Number(node.getAttribute("tabindex")) > 0) wrong.push(`tabindex > 0: ${where(node)}`);
  for (const node of all("main *").filter(visible)) {
    const style = getComputedStyle(node);
    const scrolls = (/auto|scroll/.test(style.overflowX) && node.scrollWidth > node.clientWidth + 1)
      || (/auto|scroll/.test(style.overflowY) && node.scrollHeight > node.clientHeight + 1);
    if (scrolls && node.tabIndex < 0 && !node.querySelector("a[href], button, input, select, textarea, [tabindex='0']")) wrong.push(`scrolls, but no key reaches it: ${where(node)}`);
  }

  // Nothing is wider than the window.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    wrong.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`);
    for (const node of all("main *, header *, footer *").filter(visible)) if (node.getBoundingClientRect().right > width + 1 && !node.closest(".table-wrapper, svg")) { wrong.push(`sticks out: ${where(node)}`); break; }
  }

  // Contrast of every text that is shown: WCAG 2.2, 1.4.3.
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const colour = (text) => {
    if (!known.has(text)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = text;
      pen.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
      known.set(text, [red, green, blue, alpha / 255]);
    }
    return known.get(text);
  };
  const over = (upper, lower) => [0, 1, 2].map((place) => upper[place] * upper[3] + lower[place] * (1 - upper[3])).concat(1);
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) {
      const layer = colour(getComputedStyle(at).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((lower, layer) => over(layer, lower), colour(getComputedStyle(document.body).backgroundColor));
  };
  const luminance = (rgb) => rgb.slice(0, 3).map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const told = new Set();
  let measured = 0;
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() === "" || ["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(node.tagName) || !visible(node) || node.closest(".unseen, .skip")) continue;
    const style = getComputedStyle(node);
    const below = ground(node);
    const ink = over(colour(node.closest("svg") ? style.fill : style.color), below);
    const [light, dark] = [luminance(ink), luminance(below)].sort((one, other) => other - one);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    measured += 1;
    const key = `${ink}|${below}|${large}`;
    if (ratio < (large ? 3 : 4.5) && !told.has(key)) {
      told.add(key);
      wrong.push(`contrast ${ratio.toFixed(2)} of "${texts.currentNode.data.trim().slice(0, 40)}" in ${where(node)}`);
    }
  }
  if (measured === 0) wrong.push("no text was measured");
  return wrong;
}
