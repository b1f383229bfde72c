// Head office: what is open at a terminal, what customers asked for, what was
// done and seen, and test mode.
"use strict";

const PLACED = 5; // notes shown of a chain

// span is a number of minutes in words.
const span = (m) => (m < 60 ? `${m} min` : `${Math.floor(m / 60)} h ${String(m % 60).padStart(2, "0")}`);

// signed has the sign that is as wide as a plus.
const signed = (n) => (n > 0 ? `+${number(n)}` : number(n).replace("-", "−"));

// figure is what good news is about.
const figure = (f) => ("nps" in f ? T.nps(signed(f.nps)) : T.satisfied(f.satisfied));

const label = (m) => (m.label && (m.label[lang] || Object.values(m.label)[0])) || m.reason;

const day = (d) => (d ? (d.slice(0, 4) === new Date().toISOString().slice(0, 4) ? dayOf : dayAndYear).format(new Date(d)) : T.undated);

// alertWords says an open alert.
function alertWords(a) {
  const say = T.alert[a.rule];
  const words = say ? say(a.figures, label(a)) : a.rule;
  return [words, T.alertSince(clock(a.since)), ...(a.state === "acknowledged" ? [T.alertSeen(clock(a.seen))] : [])];
}

function alertItem(a) {
  const [words, ...when] = alertWords(a);
  return element("li", a.rule === "good" ? "good" : a.state, element("b", "", words), element("small", "", when.join(" · ")), ...(a.said ? [element("q", "", a.said)] : []));
}

// asked fills a box with reasons: how often each was named, and between what
// shares that lies. The order is that of the counts, and where it may be chance
// the words say so.
function asked(box, title, said, of) {
  const [head, more, bars, verdict] = ["h2", ".of", ".bars", ".verdict"].map((s) => box.querySelector(s));
  change(head, title);
  change(more, said.hidden ? T.hidden : said.n === 0 ? T.askedNone : of);
  const best = said.mentions.find((m) => m.reason === said.clear);
  change(verdict, said.hidden || said.n === 0 ? "" : best ? T.clear(label(best)) : said.few ? T.askedFew : T.even);
  bars.replaceChildren(...(said.hidden || said.n === 0 ? [] : said.mentions).map((m) => {
    const bar = element("span", "bar", element("i"));
    bar.firstChild.style.left = `${m.lo}%`;
    bar.firstChild.style.width = `${Math.max(1, m.hi - m.lo)}%`;
    bar.setAttribute("aria-hidden", "true");
    return element("li", said.few ? "few" : "", element("b", "", label(m)), element("span", "n", number(m.n)), bar, element("span", "range", T.between(m.lo, m.hi)));
  }));
}

// result is a figure and its interval; with few answers the interval alone.
function result(r, scale) {
  const n = scale === "nps" ? signed : (v) => v;
  const unit = scale === "nps" ? "" : lang === "fr" ? "\u202f%" : "\u00a0%";
  if (r.figure === null) return "–";
  const say = scale === "nps" ? T.nps : T.happy;
  const range = `${n(r.lo)}–${n(r.hi)}${unit}`;
  return r.few ? `${say(range)} (${T.fewAnswers.toLowerCase()})` : `${say(`${n(r.figure)}${unit}`)} (${range})`;
}

// effect says an action's before and after.
function effect(e, scale) {
  if (e.days === 0) return [T.effectWait];
  const days = T.effectDays(e.days, e.more > 0);
  if (e.before.figure === null || e.after.figure === null) return [T.effectNone, days];
  return [element("b", "", `${T.change[e.change]}.`), T.effect({ before: result(e.before, scale), after: result(e.after, scale), lo: signed(e.lo), hi: signed(e.hi) }), days];
}

// timeline fills a list with notes, the newest first.
function timeline(list, notes, scaleOf) {
  list.replaceChildren(...notes.map((n) => {
    const where = n.terminal ? ` · ${n.terminal.split("/").slice(1).join(", ")}` : "";
    const item = element("li", n.type, element("small", "", `${day(n.day)} · ${T.note[n.type] || n.type}${where}`), element("span", "text", n.text));
    if (n.effect) item.append(element("span", "effect", ...effect(n.effect, scaleOf(n)).flatMap((p) => [p, " "])));
    return item;
  }));
}

// tell fills in the story of a terminal.
function tell(detail, t, story) {
  const staff = story?.audience === "staff";
  const open = t.alerts || [];
  detail.querySelector(".open-alerts").hidden = open.length === 0;
  detail.querySelector(".open-alerts h2").textContent = T.alerts;
  detail.querySelector(".open-alerts ul").replaceChildren(...open.map(alertItem));
  const box = detail.querySelector(".asked"), done = detail.querySelector(".done");
  box.hidden = done.hidden = !story || !story.audience;
  if (box.hidden) return;
  const title = staff ? T.askedStaff : T.asked;
  asked(box, title, story.asked, T.askedOf(story.asked.n, day(story.asked.from), day(story.asked.to)));
  if (!story.asks) change(box.querySelector(".of"), T.askedOff);
  change(done.querySelector("h2"), T.done);
  timeline(done.querySelector("ul"), story.notes, () => story.scale);
  done.querySelector(".none").hidden = story.notes.length > 0;
  change(done.querySelector(".none"), T.doneNone);
  done.querySelector(".cause").hidden = !story.notes.some((n) => n.effect?.days);
  change(done.querySelector(".cause"), T.cause);
}

// tellChain fills in what is said over the chain, where that is more than one
// terminal says.
function tellChain(chain) {
  const section = $("chain");
  section.hidden = latest.length < 2 || !chain || (chain.asked.n === 0 && chain.notes.length === 0);
  if (section.hidden) return;
  const box = section.querySelector(".asked"), done = section.querySelector(".done");
  box.hidden = chain.terminals < 2;
  if (!box.hidden) asked(box, T.askedChain, chain.asked, T.askedChainOf(chain.asked.n, chain.terminals, day(chain.asked.from), day(chain.asked.to)));
  done.hidden = chain.notes.length === 0;
  change(done.querySelector("h2"), T.doneChain);
  timeline(done.querySelector("ul"), chain.notes.slice(0, PLACED).map((n) => ({ ...n, effect: null })), () => "");
}

// control is test mode of a terminal: its buttons, and what became of them.
function control(detail, name) {
  const box = detail.querySelector(".command");
  box.querySelector("h2").textContent = T.command;
  box.querySelector(".of").textContent = T.commandMore;
  for (const button of box.querySelectorAll("button")) {
    const on = button.value === "on";
    button.textContent = on ? T.begin : T.end;
    button.addEventListener("click", async () => {
      const said = box.querySelector(".failed");
      change(said, "");
      try {
        const answer = await fetch("api/commands", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ terminal: name, name: "test", on }), signal: AbortSignal.timeout(PATIENCE) });
        if (answer.status !== 202) change(said, answer.status === 403 ? T.commandHere : T.commandFailed);
        await outcomes(detail, name);
      } catch {
        change(said, T.commandFailed);
      }
    });
  }
}

// outcomes lists the newest commands of a terminal.
async function outcomes(detail, name) {
  const box = detail.querySelector(".command");
  const { commands, may } = await ask(`api/commands?terminal=${encodeURIComponent(name)}`);
  for (const button of box.querySelectorAll("button")) button.hidden = !may;
  const away = box.querySelector(".away");
  away.hidden = may;
  change(away, T.commandHere);
  const lines = commands.slice(0, 3).map((c) => `${clock(c.issued)} · ${T.ordered(c.on)}: ${T.outcome(c)}`);
  const list = box.querySelector("ul");
  if (lines.join("\n") !== list.dataset.lines) {
    list.dataset.lines = lines.join("\n");
    list.replaceChildren(...lines.map((l) => element("li", "", l)));
  }
}
