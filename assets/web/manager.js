// The manager's page refreshes itself, in place: nothing jumps, and whoever
// listens to it is not interrupted.
"use strict";

const EVERY = 3000; // ms

async function refresh() {
  const report = document.getElementById("report");
  if (!report) return; // the login
  const away = document.getElementById("away");
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(EVERY) });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["h1", "#report"]) document.querySelector(part).replaceWith(page.querySelector(part));
    away.hidden = true;
    away.textContent = "";
  } catch {
    if (away.hidden) away.textContent = away.dataset.text;
    away.hidden = false;
  }
  document.body.classList.toggle("old", !away.hidden);
  setTimeout(refresh, EVERY);
}

setTimeout(refresh, EVERY);
