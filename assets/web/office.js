// Head office: every second, which terminals there are and how fresh each is.
"use strict";

const EVERY = 1000;    // ms between looks
const PATIENCE = 5000; // ms to wait for an answer
const LATEST = 50;     // events shown of a terminal

const texts = {
  en: {
    title: (chain) => (chain ? `Head office of ${chain}` : "Head office"),
    terminals: (n) => (n === 1 ? "1 terminal" : `${number(n)} terminals`),
    conditions: { in_service: "In service", no_presses: "No presses", closed: "Closed", off: "Off", broken: "Broken", unknown: "Unknown" },
    more: { no_presses: "in service, none today", closed: "outside opening hours", off: "not connected", unknown: "has not reported yet" },
    sums: { in_service: "in service", no_presses: "without a press", closed: "closed", off: "off", broken: "broken", unknown: "unknown" },
    unstored: "cannot be stored here", andOff: "and off",
    damage: (s) => `Head office’s store is damaged: ${s ? `event ${s} of this terminal and what follows` : "this terminal’s events"} cannot be stored. They wait in the terminal, and nothing is lost. Put back a copy of the store.`,
    parts: { disk: "memory card", card: "memory card", display: "display", buttons: "buttons", lights: "lights", sound: "sound", clock: "clock" },
    button: (n) => `button ${n}`,
    complete: (t) => `complete to ${t}`, incomplete: "not known to be complete",
    waiting: (n) => (n === 0 ? "nothing waits there" : n === 1 ? "1 event waits there" : `${number(n)} events wait there`), mayWait: "what waits there is not known",
    today: "today", clock: "Its clock is not set: times may be wrong.",
    missing: (n) => (n === 1 ? "1 earlier event is not here." : `${number(n)} earlier events are not here.`),
    fork: (s) => `From event ${s} on there are two histories: the card was copied. Both are kept.`,
    rejected: (n) => (n === 1 ? "1 message was refused since the office was started." : `${number(n)} messages were refused since the office was started.`),
    incident: (t, what) => `Incident, ${t}: ${what}`, incidents: "Incidents", earlier: (n) => (n === 1 ? "and 1 earlier incident" : `and ${number(n)} earlier incidents`),
    empty: "No terminal has reported yet.",
    emptyMore: "A terminal appears here by itself at its first contact.\nStart one with the same broker and chain, and look at “sourire status” there if it does not appear.",
    away: "Head office does not answer. What you see is old; this page tries again every second.",
    events: "Latest events", none: "No events from this terminal yet.", failed: "The events could not be read. Trying again every second.",
    facts: { counted: "presses counted in all", events: "events here", last: "newest event", software: "software", clock: "clock", epoch: "journal", damage: "damage" },
    clocks: { synced: "set", saved: "not set since power came", unknown: "not known" }, noTime: "not known",
    head: ["No.", "Time", "Event", "What"],
    choice: (c, of) => `${c} of ${of}`, counted: "counted", not: "not counted", undo: (t) => `takes back ${t}`,
    words: { repeat: "too soon after another", chord: "several buttons at once", closed: "outside opening hours", test: "test", burst: "one of many in a minute", changed: "change of mind", service: "service gesture", clean: "stopped in order before", cut: "cut off before", synced: "set", kernel: "by a time server", damaged: "the one before was damaged", copied: "the one before was a copy", reset: "the one before was gone" },
    kinds: { tap: "press", undo: "undo", boot: "start", genesis: "new journal", clock: "clock", config: "survey", reason: "reason", fault: "fault", clear: "fault over", close: "end of journal", tally: "hour", alert: "alert", note: "note", test: "test", export: "copy", drop: "dropped" },
  },
  fr: {
    title: (chain) => (chain ? `Siège de ${chain}` : "Siège"),
    terminals: (n) => (n > 1 ? `${number(n)} bornes` : `${n} borne`),
    conditions: { in_service: "En service", no_presses: "Aucun appui", closed: "Fermée", off: "Éteinte", broken: "En panne", unknown: "Inconnue" },
    more: { no_presses: "en service, aucun aujourd’hui", closed: "hors des heures d’ouverture", off: "non connectée", unknown: "ne s’est pas encore annoncée" },
    sums: { in_service: "en service", no_presses: "sans appui", closed: ["fermée", "fermées"], off: ["éteinte", "éteintes"], broken: "en panne", unknown: ["inconnue", "inconnues"] },
    unstored: "enregistrement impossible ici", andOff: "et éteinte",
    damage: (s) => `L’archive du siège est endommagée : ${s ? `l’événement ${s} de cette borne et les suivants` : "les événements de cette borne"} ne peuvent pas être enregistrés. Ils attendent dans la borne, rien n’est perdu. Remettez une copie de l’archive.`,
    parts: { disk: "carte mémoire", card: "carte mémoire", display: "écran", buttons: "boutons", lights: "voyants", sound: "son", clock: "horloge" },
    button: (n) => `bouton ${n}`,
    complete: (t) => `complet jusqu’à ${t}`, incomplete: "complétude inconnue",
    waiting: (n) => (n === 0 ? "rien en attente sur place" : n === 1 ? "1 événement en attente sur place" : `${number(n)} événements en attente sur place`), mayWait: "attente sur place inconnue",
    today: "aujourd’hui", clock: "Son horloge n’est pas à l’heure : les heures peuvent être fausses.",
    missing: (n) => (n > 1 ? `${number(n)} événements antérieurs ne sont pas ici.` : `${n} événement antérieur n’est pas ici.`),
    fork: (s) => `À partir de l’événement ${s}, il y a deux historiques : la carte a été copiée. Les deux sont conservés.`,
    rejected: (n) => (n > 1 ? `${number(n)} messages refusés depuis le démarrage du siège.` : `${n} message refusé depuis le démarrage du siège.`),
    incident: (t, what) => `Incident, ${t} : ${what}`, incidents: "Incidents", earlier: (n) => (n > 1 ? `et ${number(n)} incidents antérieurs` : `et ${n} incident antérieur`),
    empty: "Aucune borne ne s’est encore annoncée.",
    emptyMore: "Une borne apparaît ici d’elle-même au premier contact.\nDémarrez-en une avec le même broker et la même chaîne ; si elle n’apparaît pas, lancez-y « sourire status ».",
    away: "Le siège ne répond pas. Ces données sont anciennes ; nouvel essai chaque seconde.",
    events: "Derniers événements", none: "Aucun événement de cette borne pour l’instant.", failed: "Les événements n’ont pas pu être lus. Nouvel essai chaque seconde.",
    facts: { counted: "appuis comptés en tout", events: "événements ici", last: "dernier événement", software: "logiciel", clock: "horloge", epoch: "journal", damage: "dommage" },
    clocks: { synced: "à l’heure", saved: "pas à l’heure depuis la mise sous tension", unknown: "inconnue" }, noTime: "inconnue",
    head: ["N°", "Heure", "Événement", "Détail"],
    choice: (c, of) => `${c} sur ${of}`, counted: "compté", not: "non compté", undo: (t) => `annule ${t}`,
    words: { repeat: "trop tôt après un autre", chord: "plusieurs boutons à la fois", closed: "hors des heures d’ouverture", test: "essai", burst: "un parmi beaucoup en une minute", changed: "changement d’avis", service: "geste de service", clean: "arrêt normal avant", cut: "coupure avant", synced: "à l’heure", kernel: "par un serveur de temps", damaged: "le précédent était endommagé", copied: "le précédent était une copie", reset: "le précédent avait disparu" },
    kinds: { tap: "appui", undo: "annulation", boot: "démarrage", genesis: "nouveau journal", clock: "horloge", config: "enquête", reason: "raison", fault: "panne", clear: "fin de panne", close: "fin du journal", tally: "heure", alert: "alerte", note: "note", test: "essai", export: "copie", drop: "supprimés" },
  },
};

const lang = (navigator.languages || [navigator.language]).map((l) => l.slice(0, 2)).find((l) => texts[l]) || "en";
const T = texts[lang];
const $ = (id) => document.getElementById(id);
const number = (n) => Number(n).toLocaleString(lang);
const dayOf = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", timeZone: "UTC" });
const dayAndYear = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

let chosen = location.hash.slice(1); // the terminal whose details show

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

// clock is a time as the store's clocks show it: with seconds where it is of
// today there, else with the date.
function clock(at) {
  const [, day, minutes, seconds] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)/.exec(at || "") || [];
  if (!day) return "";
  const zone = /([+-])(\d\d):(\d\d)$/.exec(at);
  const offset = zone ? Number(zone[1] + 1) * (60 * zone[2] + Number(zone[3])) : 0;
  const today = new Date(Date.now() + offset * 60000).toISOString().slice(0, 10);
  if (day === today) return minutes + seconds;
  return `${(day.slice(0, 4) === today.slice(0, 4) ? dayOf : dayAndYear).format(new Date(day))}, ${minutes}`;
}

const part = (p) => (/^button-\d+$/.test(p) ? T.button(p.slice(7)) : T.parts[p] || p);
const rejected = (t) => Object.values(t.rejected || {}).reduce((a, b) => a + b, 0);

// aside says more about a condition.
function aside(t) {
  if (t.condition !== "broken") return T.more[t.condition] || "";
  const wrong = t.faults.map(part);
  if (t.damage) wrong.push(T.unstored);
  if (!t.online) wrong.push(T.andOff);
  return wrong.join(", ");
}

function pair(className, main, small) {
  return element("span", className, element("b", "", main), element("small", "", small));
}

// notes is what someone should look at.
function notes(t) {
  const grave = (text) => element("span", "grave", text);
  const all = [];
  if (t.damage) all.push(grave(T.damage(t.damage.seq && number(t.damage.seq))));
  all.push(...t.forks.map((f) => grave(T.fork(number(f.seq)))));
  const newest = t.incidents.at(-1);
  if (newest) {
    all.push(element("span", "", T.incident(clock(newest.at), newest.what)));
    if (t.incidents.length > 1) all.push(element("span", "", T.earlier(t.incidents.length - 1)));
  }
  if (t.missing > 0) all.push(element("span", "", T.missing(t.missing)));
  if (rejected(t) > 0) all.push(element("span", "", T.rejected(rejected(t))));
  if (t.clock && t.clock !== "synced") all.push(element("span", "", T.clock));
  return all;
}

// card is a terminal of the list; it lives as long as the terminal is listed.
class Card {
  constructor(name) {
    this.button = element("button", "terminal");
    this.button.type = "button";
    this.button.dataset.terminal = name;
    this.item = element("li", "", this.button);
    this.drawn = "";
  }

  draw(t, open) {
    this.item.className = `${t.condition}${open ? " open" : ""}`;
    this.button.setAttribute("aria-expanded", String(open));
    if (open !== Boolean(this.detail)) this.toggle(open);
    const now = JSON.stringify([t, new Date().toDateString()]);
    if (now === this.drawn) return;
    this.drawn = now;
    const [, store, terminal] = t.terminal.split("/");
    const wrong = notes(t);
    this.button.replaceChildren(
      element("span", "mark"),
      pair("state", T.conditions[t.condition] || t.condition, aside(t)),
      pair("place", store, terminal),
      pair("fresh", t.complete_to ? T.complete(clock(t.complete_to)) : T.incomplete, t.pending === null ? T.mayWait : T.waiting(t.pending)),
      pair("count", t.condition === "unknown" && t.events === 0 ? "–" : number(t.counted_today), T.today),
      ...(wrong.length ? [element("span", "notes", ...wrong)] : []),
    );
  }

  toggle(open) {
    this.detail?.remove();
    this.detail = null;
    if (!open) return;
    const detail = $("detail").content.firstElementChild.cloneNode(true);
    const [history, events] = detail.querySelectorAll("h3");
    history.textContent = T.incidents;
    events.textContent = T.events;
    detail.querySelector("thead tr").append(...T.head.map((h) => Object.assign(element("th", "", h), { scope: "col" })));
    detail.querySelector(".scroll").setAttribute("aria-label", T.events);
    this.item.append(detail);
    this.detail = detail;
  }

  // look fills in the details.
  async look(t) {
    const detail = this.detail;
    if (!detail) return;
    const facts = [
      [T.facts.counted, number(t.taps_counted)], [T.facts.events, number(t.events)], [T.facts.last, clock(t.last_event)],
      [T.facts.clock, T.clocks[t.clock]], [T.facts.software, t.software], [T.facts.epoch, t.epoch], [T.facts.damage, t.damage?.what],
    ].filter(([, what]) => what);
    const stamp = JSON.stringify([facts, t.incidents, t.position, t.epoch]);
    if (detail.dataset.stamp === stamp) return;
    detail.querySelector("dl").replaceChildren(...facts.map(([name, what]) => element("div", "", element("dt", "", name), element("dd", "", what))));
    detail.querySelector(".history").hidden = t.incidents.length === 0;
    detail.querySelector(".history ul").replaceChildren(...t.incidents.toReversed().map((i) => {
      return element("li", "", element("time", "", clock(i.at)), Object.assign(element("span", "", i.what), { lang: "en" }));
    }));
    const body = detail.querySelector("tbody"), nothing = detail.querySelector(".nothing");
    let events;
    try {
      const after = Math.max(0, t.position - LATEST);
      events = (await ask(`api/events?terminal=${encodeURIComponent(t.terminal)}&after=${after}&limit=${LATEST}`)).events;
    } catch {
      body.replaceChildren();
      change(nothing, T.failed);
      nothing.hidden = false;
      return;
    }
    detail.dataset.stamp = stamp;
    body.replaceChildren(...events.map((x) => x.event).reverse().map((e) => {
      const time = e.clock === "unknown" ? T.noTime : clock(e.at);
      return element("tr", e.kind === "tap" && !e.counted ? "not" : "", ...[number(e.seq), time, T.kinds[e.kind] || e.kind, what(e)].map((c) => element("td", "", c)));
    }));
    change(nothing, T.none);
    nothing.hidden = events.length > 0;
  }
}

const word = (w) => T.words[w] || w;

// what says an event in a few words.
function what(e) {
  switch (e.kind) {
    case "tap": return [T.choice(e.choice + 1, e.of), e.counted ? T.counted : T.not, ...(e.flags || []).map(word)].join(", ");
    case "undo": return `${T.undo(number(e.tap))}, ${word(e.why)}`;
    case "reason": return `${number(e.tap)}: ${e.reason}`;
    case "fault": case "clear": return `${part(e.part)}: ${e.why}`;
    case "boot": return `${e.software}, ${word(e.ended)}`;
    case "clock": return `${word(e.quality)}, ${word(e.source)}`;
    case "config": return `${e.question}, ${e.scale}`;
    case "genesis": return e.previous ? `${word(e.previous.why)}, ${e.previous.epoch}` : "";
    case "close": return e.why || "";
  }
  return "";
}

const cards = new Map();

// summarise says how many terminals are in each condition.
function summarise(terminals) {
  const counts = Object.keys(T.conditions).map((c) => [c, terminals.filter((t) => t.condition === c).length]).filter(([, n]) => n > 0);
  return [T.terminals(terminals.length), ...counts.map(([c, n]) => `${number(n)} ${[T.sums[c]].flat().at(n > 1 ? -1 : 0)}`)].join(" · ");
}

function list(terminals) {
  change($("title"), T.title(terminals[0]?.terminal.split("/")[0]));
  change($("summary"), terminals.length ? summarise(terminals) : "");
  $("empty").hidden = terminals.length > 0;
  const items = terminals.map((t) => {
    if (!cards.has(t.terminal)) cards.set(t.terminal, new Card(t.terminal));
    const card = cards.get(t.terminal);
    card.draw(t, t.terminal === chosen);
    return card.item;
  });
  if (items.some((item, i) => $("terminals").children[i] !== item)) $("terminals").replaceChildren(...items);
}

let latest = [];

async function look() {
  try {
    latest = (await ask("api/terminals")).terminals;
    $("away").hidden = true;
    document.body.classList.remove("old");
    list(latest);
    const t = latest.find((x) => x.terminal === chosen);
    if (t) await cards.get(chosen).look(t);
  } catch {
    change($("away"), T.away);
    $("away").hidden = false;
    document.body.classList.add("old");
  }
  setTimeout(look, EVERY);
}

$("terminals").addEventListener("click", (e) => {
  const name = e.target.closest("[data-terminal]")?.dataset.terminal;
  if (!name) return;
  chosen = name === chosen ? "" : name;
  history.replaceState(null, "", chosen ? `#${chosen}` : location.pathname);
  list(latest);
  const t = latest.find((x) => x.terminal === chosen);
  if (t) cards.get(chosen).look(t);
});

document.documentElement.lang = lang;
document.title = `${T.title()} · Sourire`;
$("title").textContent = T.title();
$("empty").querySelector("h2").textContent = T.empty;
$("empty").querySelector("p").textContent = T.emptyMore;

look();
