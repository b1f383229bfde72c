// What the page shows of a scene.

const $ = (id) => document.getElementById(id);

// Each scene is spoken once. The words of these are, whenever they change:
// nobody moves there by themselves.
const spoken = ["thanks", "closed", "asleep", "outoforder", "cleaning", "test", "starting", "manager"];
// These get the focus where their words are read, in front of what is to be
// done; a group says its name only to who comes from outside.
const focused = { followup: "answers", pin: "answers", write: "words" };

const SETTLE = 350; // ms in which new answers are not touched yet: who taps twice has not read them

let built = "";   // what the answers on the page were built from
let settling = 0; // timer

export function draw(view, only) {
  const mine = (list) => {
    const one = (list || []).filter((x) => x.lang === only);
    return one.length ? one : list || [];
  };
  const words = mine(view.words);
  const arrived = document.body.dataset.shows !== view.kind;
  document.body.dataset.shows = view.kind;
  document.body.classList.toggle("answered", view.kind === "thanks" && !view.answers);
  document.documentElement.lang = words[0].lang;
  document.documentElement.dir = words[0].dir;
  fill($("words"), words, saying);
  $("sign").firstElementChild.setAttribute("href", "#sign-" + view.kind);
  answers(view, mine);
  time(view, mine);
  fill($("code"), view.code ? [view.code] : [], picture);
  fill($("rows").tBodies[0], view.rows || [], row);
  $("rows").hidden = !view.rows;
  if (view.kind !== "thanks") foot(view, mine); // what stands below the faces keeps them where they are
  fill($("staff"), view.staff || [], line);
  $("alert").hidden = !view.alert;
  fill($("live"), aloud(view, words), line);
  if (arrived && focused[view.kind]) $(focused[view.kind]).focus();
}

// aloud is what is spoken: the words, or what came of a PIN.
function aloud(view, words) {
  if (view.kind === "pin") return (view.rows || []).filter((r) => r.name).map((r) => ({ ...r, text: r.name + " " + r.value }));
  return spoken.includes(view.kind) ? words.map((w) => ({ ...w, text: w.headline + " " + w.more })) : [];
}

function foot(view, mine) {
  document.body.classList.toggle("footed", Boolean(view.voices || view.said));
  fill($("voices"), mine(view.voices), line);
  fill($("said"), mine(view.said), said);
}

// Pieces.

function element(tag, className, text, of) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text) e.textContent = text;
  if (of?.lang) [e.lang, e.dir] = [of.lang, of.dir];
  return e;
}

const line = (l) => element("span", "line", l.text, l);

// fill puts a piece for each item into a place, unless they are there already:
// what is read out is not begun again.
function fill(place, items, piece) {
  const plan = JSON.stringify(items);
  if (place.dataset.plan !== plan) {
    place.dataset.plan = plan;
    place.replaceChildren(...items.map(piece));
  }
  place.hidden = items.length === 0;
}

function saying(s) {
  const e = element("span", "saying", "", s);
  const headline = element("span", "headline", s.headline);
  if (s.headline.length > 40) headline.classList.add("long");
  e.append(headline, " ");
  if (s.more) e.append(element("span", "more", s.more), " ");
  return e;
}

function said(s) {
  const e = element("p", "", "", s);
  const did = element("span", "did", "");
  did.append(element("span", "head", s.we + " "), element("b", "", s.did));
  e.append(element("span", "head", s.you + " "), element("q", "", s.they), " ", did);
  return e;
}

function row(r) {
  const e = element("tr", "", "", r);
  const name = element(r.name ? "th" : "td", "", r.name);
  if (r.name) name.scope = "row";
  e.append(name, element("td", "value", r.value));
  const place = element("td", "place");
  if (r.bar) {
    const bar = element("div", "interval");
    bar.setAttribute("aria-hidden", "true"); // the value says it
    const range = element("div", "range");
    [range.style.left, range.style.width] = [r.lo + "%", r.hi - r.lo + "%"];
    bar.append(range);
    if (r.share >= 0) {
      const point = element("div", "point");
      point.style.left = r.share + "%";
      bar.append(point);
    }
    place.append(bar);
  }
  e.append(place);
  return e;
}

// picture is a QR code, with the quiet zone of four modules that belongs to it.
function picture(code) {
  const e = element("figure", "");
  if (code.size) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `-4 -4 ${code.size + 8} ${code.size + 8}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", "QR code");
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("d", code.path);
    svg.append(path);
    e.append(svg);
  }
  const caption = element("figcaption", "", code.link.replace(/^https?:\/\//, ""));
  caption.dir = "ltr";
  e.append(caption);
  return e;
}

// Answers.

function answers(view, mine) {
  const plan = JSON.stringify([view.layout, view.answers]);
  $("choice").hidden = !view.answers;
  if (plan === built) return;
  const layout = view.kind + view.layout;
  if (built && $("choice").dataset.of !== layout) { // a keypad whose keys change is still the same keypad
    $("choice").classList.add("fresh");
    clearTimeout(settling);
    settling = setTimeout(() => $("choice").classList.remove("fresh"), SETTLE);
  }
  const focus = $("choice").dataset.of === layout ? [...$("answers").children].indexOf(document.activeElement) : -1;
  built = plan;
  $("choice").dataset.of = layout;
  $("answers").dataset.layout = view.layout || "";
  $("answers").dataset.count = view.answers?.length || 0;
  $("answers").replaceChildren(...(view.answers || []).map((a) => button(a, mine)));
  if (focus >= 0) $("answers").children[focus]?.focus();
  fill($("low"), mine(view.low), line);
  fill($("high"), mine(view.high), line);
}

function button(answer, mine) {
  const b = element("button");
  b.type = "button";
  const names = mine(answer.names);
  const captions = mine(answer.captions);
  if (answer.image) {
    const img = element("img");
    [img.src, img.alt, img.draggable] = [answer.image, "", false];
    b.append(img);
  }
  if (answer.number) {
    const number = element("span", "number", answer.number);
    if (names.length) number.setAttribute("aria-hidden", "true"); // its name says it
    b.append(number);
  }
  for (const n of names) b.append(element("span", "name", n.text, n), " ");
  for (const c of captions) b.append(element("span", "caption", c.text, c), " ");
  // A key without a word has no use, but the others keep their places.
  if (!answer.image && !answer.number && !captions.length) b.className = "none";
  b.disabled = b.className === "none";
  return b;
}

// Time. What ends by itself shows how long it takes.

let ticking = 0;
let ends = 0;

function time(view, mine) {
  const plan = JSON.stringify([view.kind, view.left, view.of, view.more, view.end, view.pages]);
  const place = $("time");
  place.hidden = !view.left && !view.end;
  if (place.dataset.plan === plan) return;
  place.dataset.plan = plan;
  fill($("more"), mine(view.more), line);
  fill($("end"), mine(view.end), line);
  $("pages").textContent = view.pages || "";
  $("pages").hidden = !view.pages;
  clearInterval(ticking);
  $("bar").hidden = $("seconds").hidden = !view.left;
  if (!view.left) return;
  ends = performance.now() + view.left * 1000;
  count();
  ticking = setInterval(count, 250);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  $("bar").firstElementChild.getAnimations().forEach((a) => a.cancel());
  $("bar").firstElementChild.animate([{ scale: `${Math.min(1, view.left / (view.of || view.left))} 1` }, { scale: "0 1" }], {
    duration: view.left * 1000, fill: "forwards", easing: still ? `steps(${view.left}, end)` : "linear",
  });
}

function count() {
  const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
  const text = left < 100 ? `${left} s` : `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if ($("seconds").textContent !== text) $("seconds").textContent = text;
}
