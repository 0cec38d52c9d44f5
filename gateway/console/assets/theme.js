// Before the first paint: light, dark or high contrast as chosen, else as the device says.
(function () {
  var root = document.documentElement;
  var chosen = root.dataset.theme;
  var dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.bsTheme = dark ? "dark" : "light";
  root.classList.add("js");
})();
