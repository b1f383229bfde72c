// The page while the service is away: a terminal never shows a browser's error.
// What belongs to the page is kept as it was the last time, and taken from here
// only where the service does not answer. Nothing that says what anybody
// pressed passes through here.

const KEPT = "page";
const PAGE = [
  "/", "/static/terminal.css", "/static/terminal.js", "/static/terminal-draw.js", "/static/terminal-touch.js",
  "/static/font/bold.woff2", "/static/font/regular.woff2",
];

addEventListener("install", (e) => e.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(PAGE)).then(() => skipWaiting())));
addEventListener("activate", (e) => e.waitUntil(clients.claim()));
addEventListener("fetch", (e) => {
  const path = new URL(e.request.url).pathname;
  if (e.request.method === "GET" && PAGE.includes(path)) e.respondWith(load(e.request, path));
});

async function load(request, path) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      await kept.put(path, answer.clone());
      return answer;
    }
    return (await kept.match(path)) ?? answer;
  } catch {
    return (await kept.match(path)) ?? Response.error();
  }
}
