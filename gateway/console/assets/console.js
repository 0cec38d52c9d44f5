// The console's own script: countdowns, the stream of changes, keys. Pages work without it.
(function () {
  "use strict";
  var $ = function (selector, within) { return (within || document).querySelector(selector); };
  var all = function (selector, within) { return Array.from((within || document).querySelectorAll(selector)); };

  // -- kept in this browser; a private window may refuse
  function localStorageOf() { return window.localStorage; }
  function sessionStorageOf() { return window.sessionStorage; }
  function stored(where, name) { try { return where().getItem(name); } catch (_) { return null; } }
  function keep(where, name, value) { try { where().setItem(name, value); } catch (_) { /* not kept */ } }
  function drop(where, name) { try { where().removeItem(name); } catch (_) { /* was not kept */ } }

  // -- the server's clock, not this device's
  var said = $('meta[name="now"]');
  var ahead = said ? Date.parse(said.content) - Date.now() : 0;
  function now() { return Date.now() + ahead; }
  function two(number) { return (number < 10 ? "0" : "") + number; }

  function tick() {
    var clock = $("#server-clock");
    if (clock) {
      var local = new Date(now() + Number(document.body.dataset.zone) * 60000);
      clock.textContent = two(local.getUTCHours()) + ":" + two(local.getUTCMinutes()) + ":" + two(local.getUTCSeconds());
    }
    all("[data-until]").forEach(function (one) {
      var left = Math.round((Date.parse(one.dataset.until) - now()) / 1000);
      var away = Math.abs(left);
      var hours = Math.floor(away / 3600), minutes = Math.floor(away / 60) % 60;
      var days = Math.floor(hours / 24);
      var shown = days ? days + " d " + (hours % 24) + " h" : hours ? hours + ":" + two(minutes) + ":" + two(away % 60) : two(minutes) + ":" + two(away % 60);
      one.textContent = (left < 0 ? "+" : "") + shown;
      one.classList.toggle("is-late", left < 0);
      one.classList.toggle("is-soon", left >= 0 && left < 300);
    });
  }
  if (said) { tick(); setInterval(tick, 1000); }

  // -- how long ago: said by the server, kept true here
  function agos() {
    var since = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "short" });
    all("[data-ago]").forEach(function (one) {
      var apart = (Date.parse(one.dateTime) - now()) / 60000, away = Math.abs(apart);
      if (isNaN(apart)) { return; }
      var unit = away < 90 ? "minute" : away < 2160 ? "hour" : "day";
      one.textContent = since.format(Math.round(apart / { minute: 1, hour: 60, day: 1440 }[unit]), unit);
    });
  }
  if (said && $("[data-ago]") && window.Intl && Intl.RelativeTimeFormat) { setInterval(agos, 30000); }

  // -- acting on several lines at once
  var bulk = $("#bulk");
  function marks() { return all('input[name="alert"]'); }
  function marked() {
    var many = marks().filter(function (one) { return one.checked; }).length;
    bulk.classList.toggle("has-marks", many > 0);
    var words = $("[data-marked]", bulk);
    words.dataset.words = words.dataset.words || words.textContent;
    words.textContent = words.dataset.words + " " + many;
    $("[data-all] input", bulk).checked = many > 0 && many === marks().length;
  }
  if (bulk) {
    $("[data-all]", bulk).hidden = false;
    $("[data-all] input", bulk).addEventListener("change", function (event) {
      marks().forEach(function (one) { one.checked = event.target.checked; });
      marked();
    });
    document.addEventListener("change", function (event) { if (event.target.name === "alert") { marked(); } });
    marked();
  }
  // What was asked of several is done after ten seconds: the page then shows what became of it.
  var settles = $("[data-settles]");
  if (settles) { setTimeout(function () { location.reload(); }, Math.max(0, Date.parse(settles.dataset.settles) - now()) + 2500); }

  // -- live: lines change where they stand; new ones are announced and never push others away
  var live = $("[data-live]");
  var online = function (yes) {
    var notice = $("#offline");
    if (notice) { notice.hidden = yes; }
    document.body.classList.toggle("is-offline", !yes);
  };
  function changed(found) {
    if (found.mark !== undefined) {
      if (found.mark === live.dataset.pageMark) { return; }
      var busy = all("textarea", live).some(function (one) { return one.value.trim() !== ""; });
      if (!busy && !$("details.act[open]", live) || busy === false && window.htmx === undefined) {
        if (window.htmx) {
          window.htmx.ajax("GET", location.pathname, { target: "#content", select: "#content", swap: "outerHTML" });
          live.dataset.pageMark = found.mark;
          return;
        }
      }
      $(".newer", live).hidden = false;
      return;
    }
    var here = {};
    all("[data-id]", live).forEach(function (line) {
      here[line.dataset.id] = true;
      if (found.rows[line.dataset.id] !== line.dataset.mark && line.dataset.asked !== String(found.rows[line.dataset.id])) {
        line.dataset.asked = String(found.rows[line.dataset.id]);
        refresh(line);
      }
    });
    var fresh = Object.keys(found.rows).filter(function (id) { return !here[id]; }).length;
    if (live.dataset.first === undefined) {
      live.dataset.first = "1";
      live.dataset.beyond = String(live.hasAttribute("data-short") ? fresh : 0);
    }
    fresh = Math.max(0, fresh - Number(live.dataset.beyond));
    var newer = $(".newer", live.parentNode);
    if (newer) {
      newer.hidden = fresh === 0;
      var words = $("[data-newer]", newer);
      words.textContent = fresh + " " + words.dataset.newer;
      document.title = (fresh ? "(" + fresh + ") " : "") + document.title.replace(/^\(\d+\) /, "");
    }
  }
  function refresh(line) {
    fetch("/console/alerts/" + line.dataset.id + "/line", { headers: { "HX-Request": "true" } }).then(function (answer) {
      if (!answer.ok) { return null; }
      return answer.text();
    }).then(function (html) {
      if (html === null) { return; }
      var had = line.contains(document.activeElement), current = line.classList.contains("is-current");
      var held = document.createElement("template");
      held.innerHTML = html.trim();
      var next = held.content.firstElementChild;
      line.replaceWith(next);
      next.classList.add("is-changed");
      if (current) { next.classList.add("is-current"); }
      var mark = $(".tick", line);
      if (mark) { next.insertBefore(mark, next.firstChild); }
      if (had) { var link = $(".line-link", next); if (link) { link.focus(); } }
      tick();
    });
  }
  function listen() {
    live = $("[data-live]");
    if (!live || !window.EventSource) { return; }
    var stream = new EventSource(live.dataset.live);
    stream.addEventListener("change", function (event) { online(true); changed(JSON.parse(event.data)); });
    stream.addEventListener("signed-out", function () { stream.close(); location.href = "/console/sign-in"; });
    stream.onopen = function () { online(true); };
    stream.onerror = function () {
      online(false);
      if (stream.readyState === EventSource.CLOSED) {
        setTimeout(function () {
          fetch("/console/alerts", { method: "HEAD", redirect: "manual" }).then(function (answer) {
            if (answer.type === "opaqueredirect" || answer.status === 401) { location.href = "/console/sign-in"; } else { listen(); }
          }, listen);
        }, 3000);
      }
    };
    addEventListener("pagehide", function () { stream.close(); });
  }
  listen();
  document.addEventListener("htmx:after:swap", function () { live = $("[data-live]"); tick(); });

  // -- the menu: without this script its link shows it by :target
  var menu = $("#menu");
  function menuOpen(open) {
    document.body.classList.toggle("menu-open", open);
    document.body.classList.toggle("menu-closed", !open);
    menu.setAttribute("aria-expanded", String(open));
  }
  if (menu) {
    menu.addEventListener("click", function (event) {
      event.preventDefault();
      menuOpen(menu.getAttribute("aria-expanded") !== "true");
    });
    menu.addEventListener("keydown", function (event) {
      if (event.key === " ") { event.preventDefault(); menu.click(); }
      if (event.key === "Escape") { menuOpen(false); }
    });
  }
  all(".menu-group").forEach(function (group) {
    var name = "shaodian-menu-" + group.dataset.group;
    var kept = stored(localStorageOf, name);
    if (kept === "1" || (kept === "0" && !$("[aria-current]", group))) { group.open = kept === "1"; }
    $("summary", group).addEventListener("click", function () { keep(localStorageOf, name, group.open ? "0" : "1"); });
  });

  // -- what is being typed outlives a reload and the end of a session; it goes with the tab, or once it was sent
  function draftOf(form) { return "shaodian-draft:" + location.pathname + ":" + (form.getAttribute("action") || ""); }
  function typed(form) {
    return all("textarea, input[type=text], input:not([type])", form).filter(function (one) { return one.name && one.autocomplete !== "off" || one.tagName === "TEXTAREA"; });
  }
  function said_so() { return $("[data-said]") !== null; }
  if ($("#restored")) {
    var sent = stored(sessionStorageOf, "shaodian-sent");
    if (sent && said_so()) { drop(sessionStorageOf, sent); }
    drop(sessionStorageOf, "shaodian-sent");
    all('form[method="post"]').forEach(function (form) {
      var found = stored(sessionStorageOf, draftOf(form));
      if (!found) { return; }
      var values = {};
      try { values = JSON.parse(found); } catch (_) { return; }
      typed(form).forEach(function (one) {
        if (values[one.name] && one.value === one.defaultValue && values[one.name] !== one.value) {
          one.value = values[one.name];
          $("#restored").hidden = false;
          for (var fold = one.closest("details"); fold; fold = fold.parentElement.closest("details")) { fold.open = true; }
        }
      });
    });
    document.addEventListener("input", function (event) {
      var form = event.target.closest('form[method="post"]');
      if (!form || typed(form).indexOf(event.target) < 0) { return; }
      var values = {};
      typed(form).forEach(function (one) { if (one.value !== one.defaultValue) { values[one.name] = one.value; } });
      keep(sessionStorageOf, draftOf(form), JSON.stringify(values));
    });
  }

  // -- small things
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submits]")) { event.target.form.requestSubmit(); }
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) { print(); }
    var row = event.target.closest("tr.row-link");
    if (row && !event.target.closest("a, button, input, details")) { $(".line-link", row).click(); }
  });
  document.addEventListener("submit", function (event) {
    // One press is enough: a second one of the same form is not sent.
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    if (event.target.method === "post") {
      event.target.dataset.sent = "1";
      keep(sessionStorageOf, "shaodian-sent", draftOf(event.target));
    }
    setTimeout(function () { delete event.target.dataset.sent; }, 8000);
  });

  // -- keys; single letters can be switched off (WCAG 2.1.4)
  var keys = $("#keys"), off = $("#keys-off");
  var KEPT = "shaodian-keys-off";
  function silent() { return stored(localStorageOf, KEPT) === "1"; }
  all("[data-keys]").forEach(function (one) { one.hidden = false; one.addEventListener("click", function () { keys.showModal(); }); });
  if (off) {
    off.checked = silent();
    off.addEventListener("change", function () { keep(localStorageOf, KEPT, off.checked ? "1" : "0"); });
  }
  function move(step) {
    var lines = all("[data-lines] > li, [data-lines] > tbody > tr");
    if (!lines.length) { return; }
    var at = lines.findIndex(function (one) { return one.classList.contains("is-current"); });
    if (at >= 0) { lines[at].classList.remove("is-current"); }
    var next = lines[Math.min(lines.length - 1, Math.max(0, at + step))];
    next.classList.add("is-current");
    var link = $(".line-link", next);
    if (link) { link.focus({ preventScroll: true }); }
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", function (event) {
    if (!keys || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
    if (event.target.closest("input, textarea, select, dialog[open]")) { return; }
    if (silent()) { return; }
    if (event.key === "?") { keys.showModal(); event.preventDefault(); return; }
    if (event.key === "/") {
      event.preventDefault();
      var search = $("#search");
      if (search) { search.focus(); } else { location.href = "/console/residents#search"; }
    } else if (event.key === "j") { move(1); }
    else if (event.key === "k") { move(-1); }
    else if (event.key === "x") {
      var mark = $(".is-current .tick input");
      if (mark) { mark.click(); }
    } else if (event.key === "a") {
      var take = $(".is-current button.take") || $("#content .actions button.take");
      if (take) { take.click(); }
    }
  });
  if (location.hash === "#search" && $("#search")) { $("#search").focus(); }
  // A word about what happened stays on this page, not in its address.
  if (/[?&](said|refused)=/.test(location.search)) {
    var clean = new URL(location.href);
    clean.searchParams.delete("said");
    clean.searchParams.delete("refused");
    history.replaceState(null, "", clean);
  }
})();
