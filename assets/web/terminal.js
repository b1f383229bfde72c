// The terminal in a browser. It shows the scene that the service sends and
// hands over touches. It keeps nothing: a press that was not answered was not
// taken, and thanks is said by the service alone, after the commit.

import { draw } from "./terminal-draw.js";
import { listenToTouches } from "./terminal-touch.js";

const PATIENCE = 5000; // ms to wait for an answer
const RETRY = 1000;    // ms between looks at a service that is out of order
const SILENCE = 16000; // ms after which a stream that should tick is dead

const only = new URLSearchParams(location.search).get("lang"); // one language, if asked for

let view = JSON.parse(document.getElementById("view").textContent);
const version = view.version;
let broken = false; // a touch was not taken, or the service is away
let waiting = 0;    // touches without an answer yet
let events = null;
let silence = 0;    // timer
let looking = 0;    // timer

// show draws what there is to see. A scene that comes ahead of the answer to a
// press waits for it.
function show() {
  document.body.dataset.scene = view.kind;
  document.body.dataset.waiting = waiting;
  if (broken) draw({ kind: "outoforder", words: view.away }, only);
  else if (waiting === 0 || view.kind === "outoforder") draw(view, only);
}

// Touches. All of them look alike from here, whatever was chosen and whether it
// counted: who stands behind sees nothing of the vote.

let keys = Promise.resolve(); // of the manager's view, told one after the other: a PIN has an order

function press(button, scene) {
  const body = { button, scene };
  if (only && view.words.some((w) => w.lang === only)) body.lang = only;
  const tell = () => send("/api/press", JSON.stringify(body));
  if (scene !== "pin" && scene !== "manager") return tell(); // two fingers at once are told at once
  return keys = keys.then(tell);
}

const gesture = (what) => send("/api/" + what);

async function send(path, body) {
  waiting++;
  show();
  let taken = false;
  try {
    const answer = await fetch(path, {
      method: "POST", body, headers: { "Content-Type": "application/json" }, signal: AbortSignal.timeout(PATIENCE),
    });
    taken = answer.ok;
  } catch {
    // Nobody answered: not taken.
  }
  waiting--;
  if (!taken) fail();
  else show();
}

// Out of order, and back.

function fail() {
  events?.close();
  clearTimeout(silence);
  broken = true;
  show();
  lookLater();
}

function lookLater() {
  clearTimeout(looking);
  looking = setTimeout(look, RETRY);
}

async function look() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) listen();
    else lookLater();
  } catch {
    lookLater();
  }
}

// listen follows the service's scenes. The first of them says that it is back.
function listen() {
  events?.close();
  events = new EventSource("/api/events");
  events.onerror = fail;
  events.addEventListener("alive", alive);
  events.addEventListener("scene", (e) => {
    alive();
    broken = false;
    view = JSON.parse(e.data);
    if (view.version === version) show();
    else location.reload();
  });
  alive();
}

function alive() {
  clearTimeout(silence);
  silence = setTimeout(fail, SILENCE);
}

navigator.serviceWorker?.register("/worker.js").catch(() => {}); // a browser that has none shows its own errors
listenToTouches({ press, gesture });
show();
listen();
