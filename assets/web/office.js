// Head office: every second, which terminals there are and how fresh each is.
"use strict";

const EVERY = 1000;    // ms between looks
const PATIENCE = 5000; // ms to wait for an answer
const LATEST = 50;     // events shown of a terminal

const texts = {
  en: {
    title: "Head office", terminals: (n) => (n === 1 ? "1 terminal" : `${n} terminals`),
    online: "Online", offline: "Offline", unknown: "Unknown", broken: "Check",
    complete: (t) => `complete to ${t}`, incomplete: "nothing received yet",
    waiting: (n) => `${n} waiting`, mayWait: "waiting: unknown while offline",
    today: "today", rejected: (n) => (n === 1 ? "1 message rejected" : `${n} messages rejected`),
    fork: (s) => `two versions of event ${s}`,
    empty: "No terminal has reported yet.",
    emptyMore: "A terminal appears here by itself at its first contact.\nStart one with the same broker and chain, and look at “sourire status” there if it does not appear.",
    away: "Head office does not answer. What you see is old; this page tries again every second.",
    none: "No events from this terminal yet.", failed: "The events could not be read. Trying again every second.", close: "Close",
    head: ["No.", "Time", "Event", "What"],
    choice: (c, of) => `choice ${c} of ${of}`, counted: "counted", not: "not counted", undo: (t) => `takes back ${t}`,
    kinds: { tap: "press", undo: "undo", boot: "start", genesis: "new journal", clock: "clock", config: "survey", reason: "reason", fault: "fault", clear: "fault over", close: "end of journal" },
  },
  fr: {
    title: "Siège", terminals: (n) => (n > 1 ? `${n} bornes` : `${n} borne`),
    online: "En ligne", offline: "Hors ligne", unknown: "Inconnue", broken: "À vérifier",
    complete: (t) => `complet jusqu’à ${t}`, incomplete: "rien reçu pour l’instant",
    waiting: (n) => `${n} en attente`, mayWait: "en attente : inconnu, hors ligne",
    today: "aujourd’hui", rejected: (n) => (n > 1 ? `${n} messages refusés` : `${n} message refusé`),
    fork: (s) => `deux versions de l’événement ${s}`,
    empty: "Aucune borne ne s’est encore annoncée.",
    emptyMore: "Une borne apparaît ici d’elle-même au premier contact.\nDémarrez-en une avec le même broker et la même chaîne ; si elle n’apparaît pas, lancez-y « sourire status ».",
    away: "Le siège ne répond pas. Ces données sont anciennes ; nouvel essai chaque seconde.",
    none: "Aucun événement de cette borne pour l’instant.", failed: "Les événements n’ont pas pu être lus. Nouvel essai chaque seconde.", close: "Fermer",
    head: ["N°", "Heure", "Événement", "Détail"],
    choice: (c, of) => `choix ${c} sur ${of}`, counted: "compté", not: "non compté", undo: (t) => `annule ${t}`,
    kinds: { tap: "appui", undo: "annulation", boot: "démarrage", genesis: "nouveau journal", clock: "horloge", config: "enquête", reason: "raison", fault: "panne", clear: "fin de panne", close: "fin du journal" },
  },
};

const lang = (navigator.languages || [navigator.language]).map((l) => l.slice(0, 2)).find((l) => texts[l]) || "en";
const T = texts[lang];
const $ = (id) => document.getElementById(id);

let chosen = location.hash.slice(1); // the terminal whose events show

function element(tag, className, ...content) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  e.append(...content);
  return e;
}

// change sets a text only where it differs, so that nothing is read out twice.
function change(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

async function ask(path) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

// clock is the time of day as the store's clocks show it, with the date if it
// is not today's there.
function clock(at) {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(at || "") || [];
  if (!day) return "";
  const zone = /([+-])(\d\d):(\d\d)$/.exec(at);
  const offset = zone ? Number(zone[1] + 1) * (60 * zone[2] + Number(zone[3])) : 0;
  const today = new Date(Date.now() + offset * 60000).toISOString().slice(0, 10);
  return day === today ? time : `${day} ${time}`;
}

// trouble lists what someone should look at.
function trouble(t) {
  const forks = (t.forks || []).map((f) => T.fork(f.seq));
  const incidents = (t.incidents || []).map((i) => [clock(i.at), i.what].filter(Boolean).join(" "));
  return [...forks, ...incidents];
}

const rejected = (t) => Object.values(t.rejected || {}).reduce((a, b) => a + b, 0);

function state(t) {
  if (trouble(t).length > 0) return "broken";
  if (t.online) return "online";
  if (t.last > 0 || t.complete_to) return "offline";
  return "unknown";
}

function row(t) {
  const kind = state(t);
  const b = element("button", `terminal ${kind}`);
  b.type = "button";
  b.dataset.terminal = t.terminal;
  b.setAttribute("aria-expanded", String(t.terminal === chosen));
  const [chain, ...place] = t.terminal.split("/");
  const where = element("span", "state", T[kind]);
  if (kind === "broken") where.append(element("span", "", t.online ? T.online : T.offline));
  const complete = t.complete_to ? T.complete(clock(t.complete_to)) : T.incomplete;
  const refused = rejected(t);
  const waiting = t.online ? T.waiting(t.pending ?? 0) : T.mayWait;
  b.append(
    where,
    element("span", "name", element("b", "", place.join(" / ")), element("span", "", chain)),
    element("span", "fresh", element("b", "", complete), element("span", "", waiting + (refused ? `, ${T.rejected(refused)}` : ""))),
    element("span", "count", kind === "unknown" ? "–" : String(t.counted_today), element("span", "", T.today)),
  );
  const wrong = trouble(t);
  if (wrong.length > 0) b.append(element("span", "incidents", ...wrong.map((w) => element("span", "", w))));
  return element("li", "", b);
}

let drawn = "";

function list(terminals) {
  const online = terminals.filter((t) => t.online).length;
  change($("summary"), terminals.length ? `${T.terminals(terminals.length)}, ${online} ${T.online.toLowerCase()}` : "");
  $("empty").hidden = terminals.length > 0;
  const now = JSON.stringify([terminals, chosen, new Date().toDateString()]);
  if (now === drawn) return;
  drawn = now;
  const focused = document.activeElement?.dataset?.terminal;
  $("terminals").replaceChildren(...terminals.map(row));
  if (focused) document.querySelector(`[data-terminal="${CSS.escape(focused)}"]`)?.focus();
}

// what says an event in a few words.
function what(e) {
  switch (e.kind) {
    case "tap": return [T.choice(e.choice + 1, e.of), e.counted ? T.counted : T.not, ...(e.flags || [])].join(", ");
    case "undo": return `${T.undo(e.tap)}, ${e.why}`;
    case "reason": return `${e.tap}: ${e.reason}`;
    case "fault": case "clear": return `${e.part}: ${e.why}`;
    case "boot": return `${e.software}, ${e.ended}`;
    case "clock": return `${e.quality}, ${e.source}`;
    case "config": return `${e.question}, ${e.scale}`;
    case "close": return e.why || "";
  }
  return "";
}

async function details(terminals) {
  const t = terminals.find((x) => x.terminal === chosen);
  $("detail").hidden = !t;
  if (!t) return;
  change($("chosen"), t.terminal);
  const after = Math.max(0, t.events - LATEST);
  const body = $("detail").querySelector("tbody");
  const stamp = JSON.stringify([t.terminal, t.events]);
  if (body.dataset.stamp === stamp) return;
  let events;
  try {
    events = (await ask(`api/events?terminal=${encodeURIComponent(t.terminal)}&after=${after}&limit=${LATEST}`)).events || [];
  } catch {
    body.replaceChildren();
    change($("nothing"), T.failed);
    $("nothing").hidden = false;
    return;
  }
  if (t.terminal !== chosen) return; // another one was clicked meanwhile
  body.dataset.stamp = stamp;
  body.replaceChildren(...events.map((x) => x.event || x).reverse().map((e) => {
    const tr = element("tr", e.kind === "tap" && !e.counted ? "not" : "");
    tr.append(...[e.seq, clock(e.at), T.kinds[e.kind] || e.kind, what(e)].map((c) => element("td", "", String(c))));
    return tr;
  }));
  change($("nothing"), T.none);
  $("nothing").hidden = events.length > 0;
}

let latest = [];

async function look() {
  try {
    latest = (await ask("api/terminals")).terminals || [];
    $("away").hidden = true;
    $("away").textContent = "";
    list(latest);
    await details(latest);
  } catch {
    change($("away"), T.away);
    $("away").hidden = false;
  }
  setTimeout(look, EVERY);
}

function choose(terminal) {
  chosen = terminal;
  history.replaceState(null, "", terminal ? `#${terminal}` : location.pathname);
  list(latest);
  details(latest);
}

$("terminals").addEventListener("click", (e) => {
  const b = e.target.closest("[data-terminal]");
  if (b) choose(b.dataset.terminal === chosen ? "" : b.dataset.terminal);
});
$("close").addEventListener("click", () => choose(""));

document.documentElement.lang = lang;
document.title = `${T.title} · Sourire`;
$("title").textContent = T.title;
$("close").textContent = T.close;
$("empty").querySelector("h2").textContent = T.empty;
$("empty").querySelector("p").textContent = T.emptyMore;
$("detail").querySelector("thead tr").append(...T.head.map((h) => element("th", "", h)));
for (const th of $("detail").querySelectorAll("th")) th.scope = "col";

look();
