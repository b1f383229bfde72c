// Head office: every second, which terminals there are and how fresh each is.
"use strict";

const EVERY = 1000;    // ms between looks
const PATIENCE = 5000; // ms to wait for an answer
const LATEST = 50;     // events shown of a terminal

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
  for (const a of t.alerts || []) all.push(element("span", a.rule === "good" ? "good" : a.state, alertWords(a).join(" · ")));
  if (t.test) all.push(element("span", "", T.testing(t.test.by, clock(t.test.since))));
  if (t.damage) all.push(grave(T.damage(t.damage.seq && number(t.damage.seq))));
  all.push(...t.forks.map((f) => grave(T.fork(number(f.seq)))));
  const newest = t.incidents.at(-1);
  if (newest) {
    all.push(element("span", "", T.incident(clock(newest.at), newest.what)));
    if (t.incidents.length > 1) all.push(element("span", "", T.earlier(t.incidents.length - 1)));
  }
  if (t.missing > 0) all.push(element("span", "", T.missing(t.missing)));
  if (t.refused > 0) all.push(grave(T.refused(t.refused)));
  if (rejected(t) > 0) all.push(element("span", "", T.rejected(rejected(t))));
  if (t.clock && t.clock !== "synced") all.push(element("span", "", T.clock));
  return all;
}

// counted is how many pressed today; of the staff, not who.
function counted(t) {
  if (t.condition === "unknown" && t.events === 0) return "–";
  return t.audience === "staff" && t.counted_today < 10 ? T.under : number(t.counted_today);
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
      pair("count", counted(t), T.today),
      ...(wrong.length ? [element("span", "notes", ...wrong)] : []),
    );
  }

  toggle(open) {
    this.detail?.remove();
    this.detail = null;
    if (!open) return;
    const detail = $("detail").content.firstElementChild.cloneNode(true);
    detail.querySelector(".history h2").textContent = T.incidents;
    detail.querySelector(".events").textContent = T.events;
    control(detail, this.button.dataset.terminal);
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
      [T.facts.counted, t.audience === "staff" && t.taps_counted < 10 ? T.under : number(t.taps_counted)], [T.facts.events, number(t.events)], [T.facts.last, clock(t.last_event)],
      [T.facts.clock, T.clocks[t.clock]], [T.facts.software, t.software], [T.facts.epoch, t.epoch], [T.facts.damage, t.damage?.what],
    ].filter(([, what]) => what);
    await outcomes(detail, t.terminal);
    const stamp = JSON.stringify([facts, t.incidents, t.position, t.epoch, t.alerts, t.audience]);
    if (detail.dataset.stamp === stamp) return;
    detail.querySelector("dl").replaceChildren(...facts.map(([name, what]) => element("div", "", element("dt", "", name), element("dd", "", what))));
    detail.querySelector(".history").hidden = t.incidents.length === 0;
    detail.querySelector(".history ul").replaceChildren(...t.incidents.toReversed().map((i) => {
      return element("li", "", element("time", "", clock(i.at)), Object.assign(element("span", "", i.what), { lang: "en" }));
    }));
    const body = detail.querySelector("tbody"), nothing = detail.querySelector(".nothing");
    let events;
    try {
      tell(detail, t, (await ask(`api/story?terminal=${encodeURIComponent(t.terminal)}`)).story);
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
      return element("tr", e.kind === "tap" && !e.counted ? "not" : "", ...[number(e.seq), time, T.kinds[e.kind] || e.kind, what(e, t.audience === "staff")].map((c) => element("td", "", c)));
    }));
    change(nothing, T.none);
    nothing.hidden = events.length > 0;
  }
}

const word = (w) => T.words[w] || w;

// what says an event in a few words; of the staff, not what one of them answered.
function what(e, staff) {
  if (staff && (e.kind === "tap" || e.kind === "reason" || e.kind === "tally")) return T.answered;
  switch (e.kind) {
    case "alert": return `${(T.alert[e.rule] || (() => e.rule))(staff || e.state !== "raised" ? null : e.figures, e.reason)}${e.state === "acknowledged" ? `, ${T.alertSeen("")}` : ""}`;
    case "note": return `${T.note[e.type] || e.type}: ${e.text}`;
    case "test": return T.ordered(e.on);
    case "tally": return e.hour ? clock(e.hour) : T.noTime;
    case "drop": return `${number(e.first)}–${number(e.last)}`;
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
let looks = 0;

async function look() {
  try {
    latest = (await ask("api/terminals")).terminals;
    $("away").hidden = true;
    document.body.classList.remove("old");
    list(latest);
    const t = latest.find((x) => x.terminal === chosen);
    if (t) await cards.get(chosen).look(t);
    if (looks++ % 5 === 0) tellChain((await ask("api/story")).chain);
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
