/* The chat page. Plain JavaScript for old phones: no framework, nothing from elsewhere.
   What a person does gets an id here, is kept here until the server says "handled", and is sent again as it is. */
(function () {
  "use strict";
  var $ = function (id) { return document.getElementById(id); };
  var words = JSON.parse($("words").textContent);
  var root = document.documentElement;
  var language = root.getAttribute("data-language"), locale = root.lang === "en" ? "en-GB" : root.lang;
  var room = $("room"), list = $("log"), box = $("text");
  var INPUT = "shaodian.input.", number = 0;
  var COMMANDS = { "/start": words.start, "/language": "中文 / English" };
  var rows = {};      // message number -> element
  var owns = {};      // client id -> element
  var queue = waitingHere();
  var unseen = {};    // delivery id -> true
  var pressing = false, fresh = root.hasAttribute("data-fresh");   // nobody has said anything here: nothing to wait for
  var source = null, lastEvent = "", lastHeard = 0, loaded = false, sending = false, toastTimer = 0, retry = 0;

  function load(key, otherwise) {
    try { return JSON.parse(localStorage.getItem(key)) || otherwise; } catch (_) { return otherwise; }
  }
  function keep(key, value) {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch (_) { /* private mode: this visit only */ }
  }
  /* Each input lies under a key of its own: several tabs keep theirs side by side, and whichever is open sends them. */
  function waitingHere() {
    var found = [];
    try {
      for (var i = 0; i < localStorage.length; i++) {
        var name = localStorage.key(i);
        if (name.indexOf(INPUT) === 0) found.push(load(name, null));
      }
    } catch (_) { /* private mode: this visit only */ }
    return found.filter(Boolean).sort(inTurn);
  }
  function inTurn(one, other) { return one.at < other.at ? -1 : one.at > other.at ? 1 : one.number - other.number; }
  function forget(id) { try { localStorage.removeItem(INPUT + id); } catch (_) { /* was never kept */ } }
  function newId() {
    var bytes = new Uint8Array(16), out = "";
    (window.crypto || window.msCrypto).getRandomValues(bytes);
    for (var i = 0; i < 16; i++) out += ("0" + bytes[i].toString(16)).slice(-2);
    return out;
  }
  function element(tag, name, text) {
    var made = document.createElement(tag);
    if (name) made.className = name;
    if (text) made.textContent = text;
    return made;
  }

  /* ---- looks ---- */
  function looks() {
    var wish = load("shaodian.dark", null);
    var dark = wish === null ? matchMedia("(prefers-color-scheme: dark)").matches : wish;
    var larger = load("shaodian.larger", false);
    root.toggleAttribute ? root.toggleAttribute("data-dark", dark) : dark && root.setAttribute("data-dark", "");
    root.toggleAttribute ? root.toggleAttribute("data-larger", larger) : larger && root.setAttribute("data-larger", "");
    $("dark").setAttribute("aria-pressed", String(dark));
    $("larger").setAttribute("aria-pressed", String(larger));
  }
  $("dark").onclick = function () { keep("shaodian.dark", !root.hasAttribute("data-dark")); looks(); };
  $("larger").onclick = function () { keep("shaodian.larger", !root.hasAttribute("data-larger")); looks(); toEnd(); };
  looks();

  function connected(state) {
    $("state").className = state;
    $("state-text").textContent = state === "on" ? words.online : state === "off" ? words.offline.split(/[.。]/)[0] : words.connecting;
    $("offline").hidden = state !== "off";
  }

  /* ---- what is shown ---- */
  function atEnd() { return room.scrollHeight - room.scrollTop - room.clientHeight < 120; }
  function toEnd() { room.scrollTop = room.scrollHeight; $("newer").hidden = true; }
  function fromItsTop(row) { room.scrollTop += row.getBoundingClientRect().top - room.getBoundingClientRect().top - 8; }
  function settle(wasAtEnd) { if (wasAtEnd) toEnd(); else $("newer").hidden = false; }

  function day(at) {
    var label = at.toLocaleDateString(locale, { month: "long", day: "numeric", weekday: "long" });
    var days = list.querySelectorAll(".day");
    if (days.length && days[days.length - 1].textContent === label) return;
    var row = element("li", "day");
    row.appendChild(element("span", "", label));
    list.appendChild(row);
  }
  function clock(at) {
    return ("0" + at.getHours()).slice(-2) + ":" + ("0" + at.getMinutes()).slice(-2);
  }

  function said(event) {
    var row = rows[event.message], mine = event.kind === "mine";
    if (!row && event.client && owns[event.client]) row = owns[event.client];
    var focused = !mine && (row && row.contains(document.activeElement) || pressing && document.activeElement === document.body);
    var at = event.at ? new Date(event.at) : new Date();
    if (!row) {
      day(at);
      row = element("li", "said");
      list.appendChild(row);
    } else if (mine && row.number === undefined && event.message !== undefined) {
      list.appendChild(row);         // now it has its place in the conversation
    }
    row.className = "said" + (mine ? " mine" : "") + (event.loud ? " loud" : "") + (row.state ? " is-" + row.state : "");
    row.innerHTML = "";
    var bubble = element("div", "bubble");
    if (event.loud) bubble.appendChild(element("span", "label", words.alert));
    var text = element("div", "text");
    if (event.photo) text.appendChild(framed(event.photo.indexOf("blob:") ? "/chat/photos/" + event.photo : event.photo));
    else text.innerHTML = mine ? event.html : titled(event.html);     // the server let only Telegram's few tags through
    if (mine) { var shown = COMMANDS[text.textContent.split(" ")[0]]; if (shown) text.textContent = shown; }
    text.dir = "auto";
    bubble.appendChild(text);
    var meta = element("div", "meta"), time = element("time", "", clock(at));
    time.dateTime = at.toISOString();
    meta.appendChild(time);
    bubble.appendChild(meta);
    row.appendChild(bubble);
    if (mine) mark(row, row.state || (waiting(event.client) ? "received" : "handled"));
    if (event.buttons && event.buttons.length) row.appendChild(keys(event));
    if (event.message !== undefined) { rows[event.message] = row; row.number = event.message; }
    if (event.client) owns[event.client] = row;
    var first = focused && row.querySelector(".keys button");
    if (first) { first.focus({ preventScroll: true }); pressing = false; }     // who uses the keyboard goes on there
    if (event.delivery) { unseen[event.delivery] = true; seen(); offerPush(); }
    return row;
  }

  function framed(source) {
    var frame = element("a", "photo"), image = element("img");
    image.alt = words.photo;
    image.onload = function () { if (near) toEnd(); };
    var near = atEnd();
    image.src = frame.href = source;
    frame.target = "_blank";
    frame.rel = "noopener";
    frame.appendChild(image);
    return frame;
  }

  /* A first line by itself that is no sentence: the form and how far it is, or a heading. */
  function titled(html) {
    var found = /^([^\n<>]{1,60})\n\n/.exec(html);
    if (!found || /[。.!?！？:：…]$/.test(found[1])) return html;
    var name = /\d+\/\d+$/.test(found[1]) ? "step" : "title";
    return '<span class="' + name + '">' + found[1] + "</span>" + html.slice(found[0].length);
  }

  function waiting(client) {
    return queue.some(function (input) { return input.id === client; });
  }

  /* The signs say the same to Telegram's users: what goes on is filled, the ways out stay in the background. */
  function look(label, alone) {
    if (alone && /^[\u2705\u2714]/.test(label)) return "go";
    if (/^\u2611/.test(label)) return "chosen";
    return /^[\u2716\u25c2]/.test(label) ? "out" : "";
  }

  function keys(event) {
    var board = element("div", "keys");
    event.buttons.forEach(function (given) {
      var line = element("div");
      given.forEach(function (button) {
        var key;
        if (button.url) {
          key = element("a", "", button.label);
          key.href = button.url; key.target = "_blank"; key.rel = "noopener noreferrer";
        } else {
          key = element("button", look(button.label, given.length === 1), button.label);
          key.type = "button";
          key.onclick = function () { press(event.message, button.data, key); };
        }
        line.appendChild(key);
      });
      board.appendChild(line);
    });
    return board;
  }

  var SIGNS = { sending: "○", received: "✓", handled: "✓✓", failed: "!" };
  function mark(row, state) {
    if (row.state === "handled" && state === "received") return;
    row.state = state;
    row.className = row.className.replace(/ is-\w+/g, "") + " is-" + state;
    var meta = row.querySelector(".meta");
    if (!meta) return;
    var old = meta.querySelector(".tickmark");
    if (old) meta.removeChild(old);
    var sign = element("span", "tickmark", SIGNS[state]);
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", words[state]);
    sign.title = words[state];
    meta.appendChild(sign);
    var note = row.querySelector(".note");
    if (note) row.removeChild(note);
    if (state === "failed") row.appendChild(element("p", "note", words.failed));
  }

  function toast(text, loud) {
    if (loud) {
      $("dialog-text").textContent = text;
      $("dialog").hidden = false;
      $("dialog-close").focus();
      return;
    }
    $("toast").textContent = text;
    $("toast").hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(function () { $("toast").hidden = true; }, 4500);
  }
  $("dialog-close").onclick = function () { $("dialog").hidden = true; box.focus(); };
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") $("dialog").hidden = true; });

  function busy() {
    $("typing").hidden = !queue.some(function (input) { return input.received; });
    $("welcome").hidden = !(loaded || fresh) || list.children.length > 0 || queue.length > 0;
  }

  /* ---- what comes from the server ---- */
  function change(event) {
    var end = atEnd();
    if (event.kind === "new" || event.kind === "mine" || event.kind === "edit") {
      if (event.kind === "edit" && !rows[event.message]) return;
      var row = said(event);
      if (event.kind !== "mine") release();
      settle(end || event.kind === "mine");
      if (event.kind === "edit" && row.scrollIntoView) row.scrollIntoView({ block: "nearest" });
      if (event.kind !== "mine" && row.offsetHeight > room.clientHeight - 24) fromItsTop(row);
    } else if (event.kind === "delete") {
      if (rows[event.message]) { list.removeChild(rows[event.message]); delete rows[event.message]; }
    } else if (event.kind === "handled" || event.kind === "failed") {
      done(event.client, event.kind);
      keepPage();
    } else if (event.kind === "answer") {
      if (event.toast === words.moment) return;    // the dots say so already
      toast(event.toast === "stale" ? words.stale : event.toast, event.loud);
    } else if (event.kind === "erased") {
      var farewell = list.querySelector(".said:not(.mine):last-child");
      list.innerHTML = ""; rows = {}; owns = {};
      if (farewell) list.appendChild(farewell);
      keep("shaodian.push", false);
      $("bell").hidden = true;
      if ("serviceWorker" in navigator) subscribed().then(function (subscription) { if (subscription) subscription.unsubscribe(); });
    } else if (event.kind === "seen") {
      delete unseen[event.delivery];
    } else if (event.kind === "typing") {
      $("typing").hidden = false;
      setTimeout(busy, 5000);
      return;
    }
    busy();
  }

  function snapshot(messages) {
    $("said").setAttribute("aria-busy", "true");      // what was said before is not read out again
    list.innerHTML = ""; rows = {}; owns = {};
    messages.forEach(said);
    loaded = true;
    queue.forEach(echo);
    $("said").removeAttribute("aria-busy");
    busy();
    toEnd();
    var asked = /[?&]start=([\w-]{1,64})/.exec(location.search);
    if (asked) {
      history.replaceState(null, "", "/");
      post({ id: newId(), kind: "text", text: "/start " + asked[1] });
    }
  }

  function listen() {
    if (source) source.close();
    source = new EventSource("/chat/events" + (lastEvent ? "?after=" + lastEvent : ""));
    lastHeard = Date.now();
    source.addEventListener("snapshot", function (event) { heard(event); snapshot(JSON.parse(event.data).messages); flush(); });
    source.addEventListener("change", function (event) { heard(event); change(JSON.parse(event.data)); });
    source.addEventListener("ping", heard);
    source.onopen = function () { retry = 0; connected("on"); lastHeard = Date.now(); flush(); seen(); };
    source.onerror = function () {
      connected(navigator.onLine === false || retry > 1 ? "off" : "");
      if (!loaded && !retry) { queue.forEach(echo); toEnd(); }     // opened without a connection: what waits is shown
      retry++;
      if (source.readyState === 2) setTimeout(listen, Math.min(1000 * retry, 8000));
    };
  }
  function heard(event) {
    lastHeard = Date.now();
    if (event.lastEventId) lastEvent = event.lastEventId;
    connected("on");
  }
  setInterval(function () {
    if (Date.now() - lastHeard > 45000) listen();
    flush();
  }, 5000);

  /* ---- what goes to the server ---- */
  function ask(path, value) {
    var stop = window.AbortController ? new AbortController() : null;    // a dead tunnel never answers
    var timer = stop && setTimeout(function () { stop.abort(); }, 20000);
    return fetch(path, {
      method: "POST", credentials: "same-origin", signal: stop ? stop.signal : undefined,
      headers: { "Content-Type": "application/json" }, body: JSON.stringify(value)
    }).then(function (answer) { clearTimeout(timer); return answer; });
  }

  function post(input) {
    input.language = language;
    waits(input);
    echo(input);
    busy();
    toEnd();
    flush();
  }

  function waits(input) {
    input.at = new Date().toISOString();
    input.number = number++;
    queue.push(input);
    keep(INPUT + input.id, input);
  }
  addEventListener("storage", function (event) {       // another tab has something to send, or sent it
    if (!event.key || event.key.indexOf(INPUT) !== 0) return;
    var id = event.key.slice(INPUT.length), mine = waiting(id);
    if (!event.newValue && mine) done(id, "handled");
    if (event.newValue && !mine) {
      var input = JSON.parse(event.newValue);
      queue.push(input);
      queue.sort(inTurn);
      if (loaded) echo(input);
      flush();
    }
  });

  function echo(input) {
    if (input.kind === "press" || owns[input.id]) return;
    var row = said({ kind: "mine", client: input.id, html: "", at: input.at });
    if (input.kind === "photo") {
      mark(row, input.received ? "received" : "sending");
      kept(input.id, function (photo) {
        var text = row.querySelector(".text");
        if (photo && !text.firstChild) text.appendChild(framed(URL.createObjectURL(photo)));
      });
      return;
    }
    row.querySelector(".text").textContent = COMMANDS[input.text.split(" ")[0]] || input.text;
    mark(row, input.received ? "received" : "sending");
  }

  function press(message, data, key) {
    if (queue.some(function (input) { return input.kind === "press" && input.message === message && input.data === data; })) return;
    pressing = key === document.activeElement;
    key.look = key.className;
    key.className = "pressed";
    var all = key.parentNode.parentNode.querySelectorAll("button");
    for (var i = 0; i < all.length; i++) all[i].disabled = true;
    post({ id: newId(), kind: "press", message: message, data: data });
  }
  function release() {
    if (queue.length) return;
    var all = list.querySelectorAll(".keys [disabled]");
    for (var i = 0; i < all.length; i++) { all[i].disabled = false; all[i].className = all[i].look === undefined ? all[i].className : all[i].look; }
  }

  /* One after the other: what was said first is heard first. */
  function flush() {
    if (sending || !(loaded || fresh)) return;
    var next = null;
    for (var i = 0; i < queue.length; i++) {
      var input = queue[i];
      if (!input.received || Date.now() - input.received > 20000) { next = input; break; }
    }
    if (!next) return;
    sending = true;
    send(next)
      .then(function (answer) {
        sending = false;
        if (answer.status === 401) { location.reload(); return; }
        var why = refusal(next, answer);
        if (why) { drop(next, why); return flush(); }
        if (!answer.ok) { setTimeout(flush, answer.status === 429 ? 2500 : 2000); return; }
        return answer.json().then(function (told) {
          next.received = Date.now();
          if (waiting(next.id)) keep(INPUT + next.id, next);
          if (owns[next.id]) mark(owns[next.id], "received");
          if (told.state !== "received") done(next.id, told.state);
          busy();
          flush();
        });
      })
      .catch(function () { sending = false; if (retry) connected("off"); setTimeout(flush, 2500); });
  }

  function send(input) {
    if (input.kind === "photo") return sendPhoto(input);
    return ask("/chat/inputs", { id: input.id, kind: input.kind, text: input.text, message: input.message, data: input.data, language: input.language });
  }
  /* Why it will never be taken; nothing where trying again may help. */
  function refusal(input, answer) {
    if (input.kind !== "photo") return answer.status === 413 || answer.status === 422 ? words.refused : "";
    if (answer.status === 409) return /consent/.test(answer.type) ? words.photo_first : words.photo_many;
    return { 404: words.photo_gone, 413: words.photo_large, 422: words.photo_wrong }[answer.status] || "";
  }

  /* ---- photos: made smaller here, kept on the phone until they were handled, sent with a bar that shows how far ---- */
  var photos = {};
  function drawer(mode, work) {
    try {
      var asked = indexedDB.open("shaodian", 1);
      asked.onupgradeneeded = function () { asked.result.createObjectStore("photos"); };
      asked.onsuccess = function () { work(asked.result.transaction("photos", mode).objectStore("photos")); };
      asked.onerror = function () { work(null); };
    } catch (_) { work(null); }
  }
  function kept(id, then) {
    if (photos[id]) { then(photos[id]); return; }
    drawer("readonly", function (all) {
      if (!all) { then(null); return; }
      var found = all.get(id);
      found.onsuccess = function () { then(found.result || null); };
      found.onerror = function () { then(null); };
    });
  }
  function smaller(file, then) {
    var image = new Image(), fine = /^image\/(jpeg|png)$/.test(file.type);
    image.onload = function () {
      var scale = Math.min(1, 1600 / Math.max(image.naturalWidth, image.naturalHeight));
      if (fine && scale === 1 && file.size < 400000) { then(file); return; }
      var canvas = element("canvas");
      canvas.width = Math.round(image.naturalWidth * scale);
      canvas.height = Math.round(image.naturalHeight * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(image.src);
      canvas.toBlob(function (made) { then(made || (fine ? file : null)); }, "image/jpeg", 0.82);
    };
    image.onerror = function () { then(null); };
    image.src = URL.createObjectURL(file);
  }
  function photograph(file) {
    smaller(file, function (photo) {
      if (!photo || photo.size > 6000000) { toast(photo ? words.photo_large : words.photo_wrong, false); return; }
      var id = newId();
      photos[id] = photo;
      drawer("readwrite", function (all) {
        if (all) all.put(photo, id);
        post({ id: id, kind: "photo" });
      });
    });
  }
  function sendPhoto(input) {
    return new Promise(function (told, failed) {
      kept(input.id, function (photo) {
        if (!photo) { told({ status: 404 }); return; }
        var row = owns[input.id], bar = row && (row.querySelector("progress") || row.appendChild(element("progress")));
        var call = new XMLHttpRequest();
        call.open("POST", "/chat/photos/" + input.id + "?lang=" + language);
        call.timeout = 120000;
        if (bar) {
          bar.setAttribute("aria-label", words.sending);
          call.upload.onprogress = function (event) { if (event.lengthComputable) bar.value = event.loaded / event.total; };
        }
        call.onloadend = function () {
          if (bar && bar.parentNode) bar.parentNode.removeChild(bar);
          if (!call.status) { failed(); return; }
          var answer = {};
          try { answer = JSON.parse(call.responseText); } catch (_) { /* a proxy's page: its status says enough */ }
          told({ status: call.status, ok: call.status < 300, type: answer.type, json: function () { return Promise.resolve(answer); } });
        };
        call.send(photo);
      });
    });
  }
  $("attach").onclick = function () { $("file").click(); };
  $("file").onchange = function () {
    if (this.files[0]) photograph(this.files[0]);
    this.value = "";
  };

  function done(id, state) {
    var before = queue.length, photo = queue.some(function (input) { return input.id === id && input.kind === "photo"; });
    queue = queue.filter(function (input) { return input.id !== id; });
    if (queue.length !== before) forget(id);
    if (photo) drawer("readwrite", function (all) { if (all) all["delete"](id); });
    delete photos[id];
    if (owns[id]) mark(owns[id], state);
    else if (state === "failed") toast(words.failed, false);
    release();
    busy();
  }
  function drop(input, why) {
    done(input.id, "failed");
    toast(why, false);
  }

  var telling = false;
  function seen() {
    var ids = Object.keys(unseen);
    if (!ids.length || telling || document.hidden) return;
    telling = true;
    ask("/chat/seen", { deliveries: ids.slice(0, 50) })
      .then(function (answer) { return answer.ok ? answer.json() : { seen: [] }; })
      .then(function (told) { told.seen.forEach(function (id) { delete unseen[id]; }); telling = false; })
      .catch(function () { telling = false; });
  }
  setInterval(seen, 4000);

  /* ---- writing ---- */
  function grow() { box.style.height = "auto"; box.style.height = Math.min(box.scrollHeight + 2, innerHeight * 0.3) + "px"; }
  box.addEventListener("input", grow);
  box.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      submit();
    }
  });
  function submit() {
    var text = box.value.trim();
    if (!text) return;
    if (text.length > 4096) { toast(words.too_long, false); return; }
    box.value = "";
    grow();
    post({ id: newId(), kind: "text", text: text });
  }
  $("composer").addEventListener("submit", function (event) { event.preventDefault(); submit(); box.focus(); });
  $("start").onclick = function () { post({ id: newId(), kind: "text", text: "/start" }); };
  $("language").onclick = function () {     // the page changes at once; the bot asks in which language to go on
    if (list.children.length) waits({ id: newId(), kind: "text", text: "/language", language: language });
  };
  $("newer").onclick = toEnd;
  room.addEventListener("scroll", function () { if (atEnd()) $("newer").hidden = true; });
  addEventListener("online", function () { retry = 0; listen(); });
  addEventListener("offline", function () { connected("off"); });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { seen(); flush(); } });

  /* ---- a notice on a phone that lies in a pocket: asked only of whoever is sent something, and once ---- */
  var can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  function offerPush() {
    $("push").hidden = !can || Notification.permission !== "default" || load("shaodian.push", false);
  }
  function subscribed() {
    return navigator.serviceWorker.ready.then(function (worker) {
      return worker.pushManager && worker.pushManager.getSubscription();
    });
  }
  function bell(on) {                       // whoever has answered once may change it
    $("bell").hidden = false;
    $("bell").setAttribute("aria-pressed", String(!!on));
  }
  function endPush() {
    subscribed().then(function (subscription) {
      if (!subscription) return;
      function end() { return subscription.unsubscribe(); }   // unheard, the push service says it at the next try
      return tellPush(subscription, true).then(end, end);
    }).then(function () { bell(false); toast(words.push_ended, false); });
  }
  function tellPush(subscription, off) {
    var known = subscription.toJSON();
    return ask("/chat/push", { endpoint: known.endpoint, p256dh: known.keys.p256dh, auth: known.keys.auth, off: !!off });
  }
  function subscribe() {
    var text = root.getAttribute("data-push").replace(/-/g, "+").replace(/_/g, "/"), raw = atob(text), key = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) key[i] = raw.charCodeAt(i);
    return navigator.serviceWorker.ready.then(function (worker) {
      return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    }).then(function (subscription) { return tellPush(subscription, false); })
      .then(function (answer) { if (!answer.ok) throw answer; });
  }
  function answerPush(yes) {
    $("push").hidden = true;
    keep("shaodian.push", true);
    box.focus();
    if (!yes) return bell(false);
    Notification.requestPermission().then(function (allowed) {
      if (allowed !== "granted") throw allowed;
      return subscribe();
    }).then(function () { bell(true); toast(words.push_on, false); }, function () { toast(words.push_off, false); });
  }
  $("push-yes").onclick = function () { answerPush(true); };
  $("push-no").onclick = function () { answerPush(false); };
  $("bell").onclick = function () { if ($("bell").getAttribute("aria-pressed") === "true") endPush(); else answerPush(true); };
  if (can && load("shaodian.push", false)) subscribed().then(bell);

  /* A thin line has more urgent things to carry at first. */
  var pageKept = !("serviceWorker" in navigator);
  function keepPage() {
    if (pageKept) return;
    pageKept = true;
    navigator.serviceWorker.register("/worker.js").catch(function () { /* opens with a connection only */ });
  }
  setTimeout(keepPage, 10000);
  listen();
})();
