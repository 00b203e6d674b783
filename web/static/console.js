// Runs the clocks, adds the reader's own time to each moment, and fills in the reader's zone in forms.
const loadedAt = Date.now();
const serverAt = document.body.dataset.now ? Date.parse(document.body.dataset.now) : loadedAt;
const now = () => serverAt + (Date.now() - loadedAt); // a wrong clock on this machine must not move a deadline
const says = JSON.parse(document.body.dataset.says ?? "null"); // in the language of the page; {} stands for the length
const put = (form, value) => form.replace("{}", value);

const language = document.documentElement.lang;
// A browser that has no dates in this language would write them in English: it writes numbers, which everybody reads.
const known = Intl.DateTimeFormat.supportedLocalesOf(language).length > 0;
const spoken = known ? `${language}-u-nu-latn` : "sv";
const days = known ? { month: "short", day: "numeric" } : { year: "numeric", month: "2-digit", day: "2-digit" };
const local = new Intl.DateTimeFormat(spoken, { ...days, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const hour = new Intl.DateTimeFormat(spoken, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const isHere = ["UTC", "Etc/UTC"].includes(zone); // the reader's clock shows what the page says

function span(milliseconds) {
  let seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const parts = [];
  for (const [place, unit] of [86400, 3600, 60, 1].entries()) {
    const count = Math.floor(seconds / unit);
    seconds -= count * unit;
    if (count || parts.length) parts.push(put(says.units[place], count));
    if (parts.length === 2) break;
  }
  return parts.join(" ") || put(says.units[3], 0);
}

function run() {
  for (const clock of document.querySelectorAll("[data-due]")) {
    const left = Date.parse(clock.dataset.due) - now();
    clock.textContent = put(left > 0 ? says.left : says.overdue, span(left));
    clock.classList.toggle("overdue", left <= 0);
    clock.classList.toggle("soon", left > 0 && left < 4 * 3600 * 1000);
  }
  for (const clock of document.querySelectorAll("[data-since]")) {
    clock.textContent = span(now() - Date.parse(clock.dataset.since));
  }
  const wall = document.getElementById("clock");
  if (wall) wall.textContent = `${new Date(now()).toISOString().slice(11, 16)}Z${isHere ? "" : ` · ${hour.format(now())}`}`;
}

function dress(root) {
  for (const moment of root.querySelectorAll("time.moment:not([title])")) {
    const own = local.format(new Date(moment.dateTime));
    moment.title = `${own} (${zone})`;
    if (isHere) continue;
    const beside = document.createElement("small");
    beside.className = "own";
    beside.textContent = own;
    moment.append(" ", beside);
  }
  for (const choice of root.querySelectorAll("select.zone:not([data-set])")) {
    choice.dataset.set = "1";
    if (![...choice.options].some((option) => option.value === zone)) continue;
    choice.value = zone;
  }
}

function theme() {
  const root = document.documentElement;
  const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
  root.setAttribute("data-bs-theme", next);
  try { localStorage.setItem("theme", next); } catch (_) { /* storage may be off */ }
}

document.getElementById("theme")?.addEventListener("click", theme);
document.addEventListener("htmx:after:swap", () => dress(document));
dress(document);
run();
setInterval(run, 1000);
