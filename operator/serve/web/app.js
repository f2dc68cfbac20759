"use strict";

// The page shows what /api/v1/stream says.

// ---- commands ----

function headers() {
  return state.token ? { Authorization: `Bearer ${state.token}` } : {};
}
async function command(path, body, said) {
  const result = byId("command-result");
  result.className = "muted";
  result.textContent = `${said} …`;
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { ...headers(), "Content-Type": "application/json" },
      body: JSON.stringify(body || {}),
    });
    if (answer.ok) {
      result.textContent = `${said}: accepted`;
      return;
    }
    const problem = await answer.json().catch(() => ({}));
    const hint = answer.status === 401 ? (state.token ? " (enter the right one under Token)" : " (enter it under Token)") : "";
    throw new Error((problem.error || `the operator answered ${answer.status}`) + hint);
  } catch (error) {
    result.className = "bad";
    result.textContent = `${said}: ${error.message}`;
  }
}
function rolloutCommand(verb, service) {
  const rollout = state.status?.rollout;
  if (!rollout) return;
  const said = service ? `${words(verb)} ${service}` : words(verb);
  if (verb === "accept" && !window.confirm(`Accept that ${service} failed, and let its wave go on without it?`)) return;
  if (verb === "abort" && !window.confirm("Take back every flip that is not proven yet, and pause?")) return;
  command(`/api/v1/rollouts/${encodeURIComponent(rollout.id)}/${verb}`, service ? { service } : {}, said);
}

// ---- parts ----

function notices(status) {
  const found = [];
  const source = status.source;
  if (!source.ready && source.reason) {
    found.push(h("div", { class: "notice bad" },
      h("strong", {}, `Desired state not taken (${source.reason}). `),
      source.message || "The last good revision stays in force.",
      source.diagnostics.length > 0 && h("ul", {}, source.diagnostics.slice(0, 10).map((one) =>
        h("li", {}, h("span", { class: "mono" }, `${one.file}:${one.line}:${one.column}`),
          ` ${[one.object, one.field, one.message].filter(Boolean).join(": ")}`)))));
  }
  if (status.leader.message) {
    found.push(h("p", { class: "notice" }, status.leader.message));
  }
  const stalled = status.conditions.find((one) => one.type === "Stalled" && one.status === "True");
  if (stalled) {
    const text = stalled.message || "A person is awaited.";
    found.push(h("p", { class: stalled.reason === "Halted" ? "notice bad" : "notice" },
      h("strong", {}, stalled.reason === "Halted" ? "Halted. " : "A person is awaited. "), text));
  }
  return found;
}

function fact(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

function rolloutPart(status) {
  const rollout = status.rollout;
  const standing = status.standing || "Not looked yet";
  const percent = rollout && rollout.members ? Math.round((100 * rollout.ready) / rollout.members) : 0;
  return [
    h("div", { class: "hero-line" },
      h("span", { class: "standing" }, words(standing)),
      rollout?.paused && badge("Paused"),
      rollout?.frozen && badge("Frozen"),
      rollout && muted(`${rollout.ready} of ${rollout.members} services ready (${percent}%)`),
      h("span", { class: "actions" },
        h("button", { type: "button", "data-focus": "look", onclick: () => command("/api/v1/reconcile", {}, "Look now") }, "Look now"),
        rollout && h("button", { type: "button", "data-focus": "pause", onclick: () => rolloutCommand(rollout.paused ? "resume" : "pause") },
          rollout.paused ? "Resume" : "Pause"),
        rollout && !rollout.finished && h("button", { type: "button", "data-focus": "abort", onclick: () => rolloutCommand("abort") }, "Abort"))),
    rollout?.frozen && h("p", { class: "small" }, rollout.frozen),
    rollout && h("dl", { class: "facts" },
      fact("Revision", h("span", { class: "mono" }, rollout.revision.slice(0, 12))),
      fact("Rollout", h("span", { class: "mono" }, rollout.id)),
      fact("Started", h("span", {}, time(rollout.started), " ago")),
      rollout.finished && fact("Finished", h("span", {}, time(rollout.finished), " ago")),
      rollout.canary && fact("Canary", `${rollout.canary} (${rollout.canaryDone ? "done" : "under way"})`),
      fact("Multiplexer", badge(status.multiplexer.stage)),
      rollout.sharedBadSince && fact("Shared parts bad for", time(rollout.sharedBadSince))),
    status.multiplexer.waits && h("p", { class: "small" }, `Multiplexer: ${status.multiplexer.message}`),
  ];
}

function wavePart(wave) {
  const mood = moodOf(wave.phase);
  const phases = Object.entries(wave.phases).map(([phase, count]) => `${count} ${words(phase).toLowerCase()}`);
  return h("li", { class: `card wave ${wave.phase === "Halted" ? "bad" : ""}` },
    h("header", {}, h("h3", {}, wave.name), badge(wave.phase)),
    h("progress", {
      class: mood, max: Math.max(wave.members, 1), value: wave.ready,
      "aria-label": `${wave.ready} of ${wave.members} services of wave ${wave.name} are ready`,
    }),
    h("p", { class: "numbers" },
      h("span", {}, `${wave.ready}/${wave.members} ready`),
      h("span", { class: "muted" }, `${wave.inFlight}/${wave.maxInFlight} in flight`)),
    h("p", { class: "small muted" },
      wave.watched ? `soaked ${wave.watched} of ${wave.soak}` : `soak ${wave.soak}`,
      phases.length > 0 && ` · ${phases.join(", ")}`,
      wave.services > wave.members && ` · ${wave.services - wave.members} not part of it`),
    wave.message && h("p", { class: "small" }, wave.message),
    wave.excepted.length > 0 && h("p", { class: "small" }, `goes on without ${wave.excepted.join(", ")}`));
}

const authText = (auth) => {
  const live = auth.live || "not running";
  return !auth.desired || auth.desired === auth.live ? live : `${live} → ${auth.desired}`;
};

// Reasons whose message says no more than their words.
const PLAIN = ["WaitingForWave", "WaveHalted", "Paused"];

function waitPart(service) {
  const wait = service.waits;
  if (!wait) return service.excepted ? muted("accepted: its wave goes on without it") : muted("–");
  return h("div", { class: "wait-line" },
    h("span", {}, wait.for ? `waits for ${wait.for}` : words(wait.reason)),
    wait.message && wait.message !== wait.for && !PLAIN.includes(wait.reason) && h("span", { class: "small" }, wait.message),
    muted("for ", time(wait.since), wait.until && " · at most ", wait.until && time(wait.until, "left"),
      wait.until && " more", ` · ended by ${wait.endedBy}`),
    (wait.verb === "retry" || wait.verb === "accept") && h("span", {},
      h("button", { type: "button", "data-focus": `${wait.verb}:${service.name}`, onclick: () => rolloutCommand(wait.verb, service.name) },
        words(wait.verb))));
}

function smallTable(caption, titles, rows) {
  return h("div", {},
    h("h3", {}, caption),
    h("table", {},
      h("caption", { class: "visually-hidden" }, caption),
      h("thead", {}, h("tr", {}, titles.map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell)))))));
}

function detailRow(service) {
  const conditions = service.conditions.map((one) =>
    [one.type, one.status, [one.reason, one.message].filter(Boolean).join(": ")]);
  const evidence = service.evidence.map((one) =>
    [one.kind, badge(one.verdict), [one.seen !== "None" && words(one.seen), one.phrase].filter(Boolean).join(": "), time(one.taken)]);
  return h("tr", { class: "detail", id: `detail-${service.name}` }, h("td", { colspan: 5 },
    h("div", { class: "detail-grid" },
      smallTable("Conditions", ["Type", "Status", "Why"], conditions),
      service.evidence.length > 0
        ? smallTable("Evidence", ["Check", "Verdict", "Seen", "Age"], evidence)
        : h("p", { class: "muted small" }, "No check was made yet."))));
}

function serviceRows(service) {
  const open = state.open.has(service.name);
  const toggle = () => {
    if (!state.open.delete(service.name)) state.open.add(service.name);
    renderServices();
  };
  const row = h("tr", {},
    h("th", { scope: "row" }, h("button", {
      type: "button", class: "expand", "aria-expanded": String(open), "data-focus": `open:${service.name}`,
      "aria-controls": open ? `detail-${service.name}` : null, onclick: toggle,
    }, service.name)),
    h("td", { "data-label": "Auth" }, authText(service.auth)),
    h("td", { "data-label": "Wave" }, service.wave || "–"),
    h("td", { "data-label": "Phase" }, badge(service.phase),
      service.provenAt && h("div", { class: "muted small" }, "proven ", time(service.provenAt), " ago")),
    h("td", { "data-label": "Waits", class: service.waits || service.excepted ? null : "nothing" }, waitPart(service)));
  return open ? [row, detailRow(service)] : [row];
}

function renderServices() {
  if (!state.status) return;
  const text = byId("filter").value.trim().toLowerCase();
  const onlyWaiting = byId("only-waiting").checked;
  const order = state.status.waves.map((wave) => wave.name);
  const all = [...state.status.services].sort((a, b) =>
    order.indexOf(a.wave) - order.indexOf(b.wave) || a.name.localeCompare(b.name));
  const fits = (service) => {
    const place = [service.name, service.wave, service.phase, service.waits?.reason, service.auth.live].join(" ").toLowerCase();
    return (!onlyWaiting || service.waits) && text.split(/\s+/).every((word) => place.includes(word));
  };
  const chosen = all.filter(fits);
  const count = chosen.length === all.length ? `${all.length} services` : `${chosen.length} of ${all.length} services`;
  if (byId("service-count").textContent !== count) byId("service-count").textContent = count;
  show("service-table", [chosen, [...state.open]], () => chosen.length === 0
    ? h("p", { class: "card muted" }, all.length === 0 ? "No desired state is in force yet." : "No service fits the filter.")
    : h("table", { class: "services" },
      h("caption", { class: "visually-hidden" }, "Services with their auth, wave, phase and what they wait for"),
      h("colgroup", {}, ["name", "auth", "wave", "phase", "wait"].map((name) => h("col", { class: `col-${name}` }))),
      h("thead", {}, h("tr", {}, ["Service", "Auth", "Wave", "Phase", "Waits"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", {}, chosen.flatMap(serviceRows))));
}

const GATES = { token: "Gate 1: token", policy: "Gate 2: policy", children: "Multiplexer's children" };
const FACTS = { up: "children up", foreign: "not of this fleet", lifetime: "token lives (s)", asked: "questions asked" };

function gatePart([name, gate]) {
  if (!gate) {
    return h("article", { class: "card gate" }, h("header", {}, h("h3", {}, GATES[name]), badge("NotAsked", "")),
      muted("No evidence yet."));
  }
  const facts = Object.entries(gate.facts).filter(([, value]) => value !== "");
  return h("article", { class: "card gate" },
    h("header", {}, h("h3", {}, GATES[name]), h("span", {}, gate.current === false && badge("Stale"), " ", badge(gate.verdict))),
    h("p", {}, [gate.seen !== "None" && words(gate.seen), gate.phrase].filter(Boolean).join(": ")),
    facts.length > 0 && h("dl", {}, facts.map(([key, value]) => fact(FACTS[key] || key, value))),
    muted("taken ", time(gate.taken), " ago", gate.current === false && ", of another state than today's"));
}

function backendPart([name, backend]) {
  return h("li", {},
    h("span", { class: "name" }, name),
    backend.ok ? badge("ok") : badge("Unreachable"),
    !backend.ok && h("span", { class: "why small" }, backend.message));
}

function eventPart(event) {
  return h("li", { class: event.kind === "Warning" ? "warning" : null },
    h("span", { class: "muted small" }, time(event.at)),
    h("span", {}, h("span", { class: "reason" }, words(event.reason)), h("br"), h("span", { class: "muted small" }, event.object)),
    h("span", { class: "message" }, event.message));
}

function render(status) {
  byId("fleet").textContent = status.fleet ? `Fleet ${status.fleet}` : "No fleet yet";
  document.title = `${status.standing ? `${words(status.standing)} – ` : ""}${status.fleet || "Wavegate"}`;
  show("notices", [status.source, status.leader, status.conditions], () => notices(status));
  show("rollout", [status.rollout, status.standing, status.multiplexer], () => rolloutPart(status));
  show("waves", status.waves, () => status.waves.map(wavePart));
  renderServices();
  show("gates", status.gates, () => Object.entries(status.gates).map(gatePart));
  show("backends", Object.entries(status.backends).map(([name, one]) => [name, one.ok, one.message]),
    () => Object.entries(status.backends).map(backendPart));
}

function renderEvents(events) {
  show("events", events, () => events.length === 0
    ? [h("li", { class: "empty" }, "Nothing has happened yet.")]
    : [...events].reverse().map(eventPart));
}

// ---- the stream ----

function setLink(mood, text) {
  const link = byId("link");
  link.dataset.state = mood;
  if (link.textContent !== text) link.textContent = text;
}

function take(kind, data) {
  const value = JSON.parse(data);
  if (kind === "status") {
    // `now` is the last pass's: up to a minute behind says nothing of the clocks.
    const offset = value.now ? Date.parse(value.now) - Date.now() : 0;
    state.clockOffset = Math.abs(offset) < 60000 ? 0 : offset;
    state.status = value;
    render(value);
  } else if (kind === "events") {
    renderEvents(value.items);
  }
}

/** One block of server-sent events: "event: …" and "data: …" lines. */
function takeBlock(block) {
  let kind = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) kind = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  if (data.length > 0) take(kind, data.join("\n"));
}

// fetch, not EventSource: that one cannot send a bearer.
async function listen(stop) {
  const answer = await fetch("/api/v1/stream", { headers: headers(), signal: stop });
  const barred = { 401: state.token ? "token refused" : "token needed", 403: "not allowed" }[answer.status];
  if (barred) throw new Error(barred);
  if (!answer.ok || !answer.body) throw new Error(`answered ${answer.status}`);
  setLink("good", "live");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error("stream ended");
    state.heard = Date.now();
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    blocks.forEach(takeBlock);
  }
}

let connection = null;
async function stayConnected() {
  const mine = new AbortController();
  connection?.abort();
  connection = mine;
  for (let pause = 1000; !mine.signal.aborted; pause = Math.min(pause * 2, 15000)) {
    state.heard = Date.now();
    try {
      await listen(mine.signal);
    } catch (error) {
      if (mine.signal.aborted) return;
      if (byId("link").dataset.state === "good") pause = 1000;
      const told = ["token needed", "token refused", "not allowed"].includes(error.message);
      setLink("bad", told ? error.message : "not connected");
    }
    await new Promise((resume) => setTimeout(resume, pause));
  }
}

byId("filter").addEventListener("input", renderServices);
byId("only-waiting").addEventListener("change", renderServices);
byId("filter-form").addEventListener("submit", (event) => event.preventDefault());
byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  state.token = byId("token").value.trim();
  byId("token").value = "";
  document.querySelector(".keys").open = false;
  stayConnected();
});
setInterval(() => {
  document.querySelectorAll("time").forEach(relative);
  // The operator says something at least every 15 seconds.
  if (Date.now() - state.heard > 45000) stayConnected();
}, 1000);
stayConnected();
