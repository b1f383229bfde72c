// Today's page brings itself up to date, in place: nothing jumps, and whoever
// listens to it or writes on it is not interrupted. The report prints itself.
"use strict";

const EVERY = 10_000; // ms

// writing reports whether somebody has begun to write on the page.
function writing(report) {
  return report.contains(document.activeElement) && document.activeElement.matches("input") ||
    [...report.querySelectorAll("input:not([type=hidden])")].some((e) => e.value !== "");
}

async function refresh() {
  const report = document.getElementById("report");
  const away = document.getElementById("away");
  try {
    const answer = await fetch("/manager", { cache: "no-store", signal: AbortSignal.timeout(EVERY) });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!writing(report)) report.replaceWith(page.getElementById("report"));
    away.hidden = true;
    away.textContent = "";
  } catch {
    if (away.hidden) away.textContent = away.dataset.text;
    away.hidden = false;
  }
  document.body.classList.toggle("old", !away.hidden);
  setTimeout(refresh, EVERY);
}

if (document.getElementById("report")) setTimeout(refresh, EVERY);
document.getElementById("print")?.addEventListener("click", () => print());
