// Sets light or dark before the first paint: what the reader chose here, else what the machine says.
(function () {
  var chosen = null;
  try { chosen = localStorage.getItem("theme"); } catch (_) { /* storage may be off */ }
  var dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
