// Today's page brings itself up to date, in place, while somebody may see it:
// nothing jumps, and whoever listens to it or writes on it is not interrupted. The
// report prints itself.
"use strict";

const EVERY = 10_000; // ms

// writing reports whether somebody has begun to write on the page.
function writing(report) {
  return report.contains(document.activeElement) && document.activeElement.matches("input") ||
    [...report.querySelectorAll("input:not([type=hidden])")].some((e) => e.value !== "");
}

let shown = ""; // the tag of what shows
let next;

async function refresh() {
  if (!document.hidden) await update();
  clearTimeout(next);
  next = setTimeout(refresh, EVERY);
}

async function update() {
  const report = document.getElementById("report");
  const away = document.getElementById("away");
  try {
    const headers = shown ? { "If-None-Match": shown } : {};
    const answer = await fetch("/manager", { cache: "no-store", headers, signal: AbortSignal.timeout(EVERY) });
    if (answer.status === 401) return location.reload();
    if (!answer.ok && answer.status !== 304) throw new Error(answer.statusText);
    if (answer.ok && !writing(report)) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      report.replaceWith(page.getElementById("report"));
      shown = answer.headers.get("ETag");
    }
    away.hidden = true;
    away.textContent = "";
  } catch {
    if (away.hidden) away.textContent = away.dataset.text;
    away.hidden = false;
  }
  document.body.classList.toggle("old", !away.hidden);
}

if (document.getElementById("report")) {
  next = setTimeout(refresh, EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}
document.getElementById("print")?.addEventListener("click", () => print());
