// Draws how many are told over time against the forecast and the deadlines. The table below each picture says the same.
const EVERY = 15_000; // milliseconds between two looks at what is still on its way
const language = `${document.documentElement.lang}-u-nu-latn`; // the digits of the references beside it
const count = new Intl.NumberFormat(language);
const short = new Intl.NumberFormat(language, { notation: "compact" });
const WHOLE = [...Array(9).keys()].flatMap((tens) => [1, 2, 5].map((one) => one * 10 ** tens)); // nobody is half told
const at = (text) => Date.parse(text) / 1000;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function clock(second, span) {
  const text = new Date(second * 1000).toISOString();
  if (span > 2 * 86400) return text.slice(5, 10);
  return span > 600 ? `${text.slice(11, 16)}Z` : text.slice(11, 19);
}

// One row of times, and for each line its values where it has any: what lies between is drawn straight.
function columns(live) {
  const told = new Map(live.points.map((one) => [at(one.at), one.told]));
  const foreseen = new Map(live.forecast.map((one) => [at(one.at), one.told]));
  const times = [...new Set([...told.keys(), ...foreseen.keys()])].sort((a, b) => a - b);
  return [times, times.map((t) => told.get(t) ?? null), times.map((t) => foreseen.get(t) ?? null)];
}

// From the beginning to the end of what is known; a deadline far behind that would squeeze everything into a corner.
function reach(live) {
  const begins = at(live.begins_at);
  const known = [at(live.at), ...live.forecast.map((one) => at(one.at)), begins + 60];
  if (live.finishes_at) known.push(Math.min(at(live.finishes_at), begins + 3 * (Math.max(...known) - begins)));
  const last = Math.max(...known);
  const near = live.deadlines.map((one) => at(one.ends_at)).filter((one) => one < begins + 5 * (last - begins));
  return [begins, Math.max(last, ...near)];
}

function deadlines(plot, live, says) {
  const [first, last] = [plot.scales.x.min, plot.scales.x.max];
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour("--bad");
  ctx.textAlign = "left";
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.font = `600 ${13 * devicePixelRatio}px system-ui, sans-serif`;
  const moments = Map.groupBy(live.deadlines, (one) => at(one.ends_at));
  const shown = [...moments].filter(([moment]) => moment >= first && moment <= last);
  shown.forEach(([moment, these], place) => {
    const x = plot.valToPos(moment, "x", true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const said = these.length > 1 ? says.deadlines.replace("{}", these.length) : `${these[0].kind}: ${these[0].duty}`;
    const wide = ctx.measureText(said).width + 8 * devicePixelRatio;
    const left = x > bbox.left + bbox.width / 2 ? x - wide - 4 * devicePixelRatio : x + 4 * devicePixelRatio;
    const down = bbox.top + (20 + 22 * place) * devicePixelRatio;
    ctx.fillStyle = colour("--bad-bg"); // under the words, or lines would run through them
    ctx.fillRect(left, down - 14 * devicePixelRatio, wide, 19 * devicePixelRatio);
    ctx.fillStyle = colour("--bad");
    ctx.fillText(said, left + 4 * devicePixelRatio, down);
  });
  ctx.restore();
}

function options(live, box, says) {
  const axis = { stroke: colour("--tblr-secondary"), font: "13px system-ui, sans-serif", grid: { stroke: colour("--still-bg"), width: 1 }, ticks: { show: false } };
  const span = (plot) => plot.scales.x.max - plot.scales.x.min;
  const value = (_, found) => (found == null ? "–" : count.format(found));
  return {
    width: box.clientWidth,
    height: box.clientWidth < 500 ? 220 : 280,
    padding: [12, 28, 0, 0],
    scales: { x: { range: () => reach(live) }, y: { range: () => [0, Math.max(1, live.people) * 1.02] } },
    axes: [
      { ...axis, space: 90, size: 30, values: (plot, splits) => splits.map((one) => clock(one, span(plot))) },
      { ...axis, size: 56, incrs: WHOLE, values: (_, splits) => splits.map((one) => short.format(one)) },
    ],
    series: [
      { label: "UTC", value: (plot, found) => (found == null ? "–" : clock(found, span(plot))) },
      { label: says.told, stroke: colour("--tblr-link-color"), width: 3, spanGaps: true, points: { show: live.points.length < 2 }, value },
      { label: says.forecast, stroke: colour("--tblr-secondary"), width: 2, dash: [8, 5], spanGaps: true, points: { show: false }, value },
    ],
    hooks: { draw: [(plot) => deadlines(plot, live, says)] },
  };
}

async function chart(figure) {
  const box = figure.querySelector(".plot");
  const says = JSON.parse(figure.dataset.says);
  let plot, live;
  const draw = () => {
    figure.classList.add("drawn"); // before: what is not shown has no width
    plot?.destroy();
    plot = new uPlot(options(live, box, says), columns(live), box);
    box.setAttribute("aria-label", live.says);
  };
  const look = async () => {
    const answer = await fetch(figure.dataset.chart, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    live = await answer.json();
    draw();
    if (live.phase === "sending" && live.waiting) setTimeout(look, EVERY);
  };
  await look();
  if (!plot) return;
  figure.querySelector("details")?.removeAttribute("open");
  new ResizeObserver(() => { if (box.clientWidth && Math.abs(box.clientWidth - plot.width) > 1) draw(); }).observe(box);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
}

for (const figure of document.querySelectorAll("[data-chart]")) chart(figure);
