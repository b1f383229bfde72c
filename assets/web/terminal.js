// The terminal in a browser. It shows the scene that the service sends, hands
// over presses, and says thank you only when a press is durable. It keeps
// nothing: a press that was not answered was not taken.
"use strict";

const THANKS = 2000;  // ms that the thanks shows, the same for every answer
const FELT = 300;     // ms that a button shows at least that it was felt
const PATIENCE = 5000; // ms to wait for an answer
const RETRY = 1000;   // ms between looks at a service that is out of order

const $ = (id) => document.getElementById(id);
const only = new URLSearchParams(location.search).get("lang"); // one language, if asked for

let view = JSON.parse($("view").textContent);
const version = view.version;
let broken = false;  // a press was not taken, or the service is away
let thanking = 0;    // timer of the thanks
let waiting = 0;     // presses without an answer yet
const held = new Set(); // buttons under fingers, until their clicks
let built = "";      // what the buttons on the page were built from

// Drawing.

function element(tag, className, text, lang) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text) e.textContent = text;
  if (lang) e.lang = lang;
  return e;
}

const spoken = (list) => list.filter((x) => x.lang === only).concat(list).slice(0, list.some((x) => x.lang === only) ? 1 : list.length);

function say(place, sayings) {
  const text = JSON.stringify(sayings);
  if (place.dataset.text === text) return; // a live region speaks only of a change
  place.dataset.text = text;
  place.replaceChildren(...sayings.map((s) => {
    const e = element("span", "saying", "", s.lang);
    const headline = element("span", "headline", s.headline);
    if (s.headline.length > 40) headline.classList.add("long");
    e.append(headline);
    if (s.more) e.append(element("span", "more", s.more));
    return e;
  }));
}

function shows() {
  if (broken) return "outoforder";
  if (thanking) return "thanks";
  // A scene that changes under a press waits for its answer.
  if (waiting && view.kind === "thanks") return "question";
  return view.kind;
}

function draw() {
  const kind = shows();
  const words = (k) => spoken(view.words[k]);
  const asks = kind === "question" || kind === "thanks";
  document.body.dataset.shows = kind;
  document.documentElement.lang = words(kind)[0].lang;
  say($("question"), words("question"));
  $("question").hidden = kind !== "question";
  say($("thanks"), kind === "thanks" ? words(kind) : []);
  say($("notice"), asks ? [] : words(kind));
  $("answers").hidden = !asks;
  build();
}

function build() {
  const plan = JSON.stringify([view.scale, view.choices]);
  if (plan === built) return;
  built = plan;
  $("choices").dataset.scale = view.scale;
  $("choices").replaceChildren(...view.choices.map(button));
  for (const [end, lines] of [["low", view.low], ["high", view.high]]) {
    $(end).replaceChildren(...spoken(lines || []).map((l) => element("span", "line", l.text, l.lang)));
  }
  $("ends").hidden = !view.low;
}

function button(choice, i) {
  const b = element("button");
  b.type = "button";
  const names = spoken(choice.names || []);
  b.setAttribute("aria-label", names.map((n) => n.text).join(" / ") || choice.number);
  if (names.length === 1) b.lang = names[0].lang;
  if (choice.image) {
    const img = element("img");
    img.src = choice.image;
    img.alt = "";
    b.append(img);
  } else {
    b.append(element("span", "number", choice.number));
  }
  for (const c of spoken(choice.captions || [])) b.append(element("span", "caption", c.text, c.lang));

  // A finger counts when it comes down, not when it leaves: people walk past.
  // The click that follows it is the same press.
  b.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    if (e.isPrimary) held.clear();
    held.add(b);
    press(b, i);
  });
  b.addEventListener("click", (e) => {
    if (e.detail > 0 && held.delete(b)) return;
    press(b, i);
  });
  return b;
}

// Presses.

async function press(b, i) {
  if ($("answers").hidden) return;
  b.classList.add("felt");
  setTimeout(() => b.classList.remove("felt"), FELT);
  waiting++;
  let taken = false;
  try {
    const answer = await fetch("/api/press", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(only && view.words.question.some((w) => w.lang === only) ? { button: i, lang: only } : { button: i }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    taken = answer.ok;
  } catch {
    // Nobody answered: not taken.
  }
  waiting--;
  if (taken) thank();
  else fail();
}

// thank is the same for every answer, counted or not: who stands behind sees
// nothing of the vote.
function thank() {
  clearTimeout(thanking);
  thanking = setTimeout(() => { thanking = 0; draw(); }, THANKS);
  draw();
}

// Out of order, and back.

function fail() {
  clearTimeout(thanking);
  thanking = 0;
  if (!broken) setTimeout(look, RETRY);
  broken = true;
  draw();
}

async function look() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    broken = !answer.ok;
  } catch {
    broken = true;
  }
  if (broken) {
    setTimeout(look, RETRY);
    return;
  }
  listen();
  draw();
}

let events = null;

function listen() {
  if (events) events.close();
  events = new EventSource("/api/events");
  events.addEventListener("scene", (e) => {
    view = JSON.parse(e.data);
    if (view.version !== version) location.reload();
    else draw();
  });
  events.onerror = fail;
}

// Keys: 1 to 5 for faces, 0 to 9 for numbers, arrows to move.

addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.altKey || e.metaKey) return;
  if (e.repeat) {
    e.preventDefault();
    return;
  }
  const buttons = [...$("choices").children];
  if (/^[0-9]$/.test(e.key)) {
    const i = view.scale === "nps" ? Number(e.key) : Number(e.key) - 1;
    if (buttons[i]) press(buttons[i], i);
    return;
  }
  const at = buttons.indexOf(document.activeElement);
  const to = { ArrowLeft: at < 0 ? buttons.length - 1 : at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1 }[e.key];
  if (to === undefined) return;
  e.preventDefault();
  if (buttons[to]) buttons[to].focus();
});

// A terminal does not zoom, offer menus or drag its pictures about.

for (const name of ["contextmenu", "dragstart", "gesturestart", "selectstart"]) {
  addEventListener(name, (e) => e.preventDefault());
}
addEventListener("wheel", (e) => { if (e.ctrlKey) e.preventDefault(); }, { passive: false });

draw();
listen();
