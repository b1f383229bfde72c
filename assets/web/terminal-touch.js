// Fingers, keys, and what a screen reader does.

const FELT = 300;    // ms that a button shows at least that it was felt
const HOLD = 3000;   // ms that a corner, or Escape, is held for the manager's view
const CORNER = 80;   // px
const THROTTLE = 1000; // ms between two requests for more time

const $ = (id) => document.getElementById(id);

export function listenToTouches({ press, gesture }) {
  const kind = () => document.body.dataset.shows;
  const leaves = () => ["followup", "write", "pin", "manager"].includes(kind());

  function answer(b) {
    const i = [...$("answers").children].indexOf(b);
    if (i < 0 || b.disabled || $("choice").hidden) return;
    b.classList.add("felt");
    setTimeout(() => b.classList.remove("felt"), FELT);
    press(i, kind()); // the scene that was seen, not one that came since
  }

  let asked = -Infinity;
  function moreTime() {
    const now = performance.now();
    if (!["followup", "write"].includes(kind()) || now - asked < THROTTLE) return;
    asked = now;
    gesture("more");
  }

  function use(button) {
    if (button.id === "more") gesture("more");
    else if (button.id === "end") gesture("end");
    else answer(button);
  }

  // A finger counts when it comes down, not when it leaves: people walk past.
  // The click that follows is the same touch, and may be of what stands there by
  // then; a click of no finger is a key's, or a screen reader's.
  addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    if (corner(e)) hold();
    const button = e.target.closest?.("button");
    if (kind() === "asleep") gesture("wake");
    else if (!button || button.disabled) moreTime();
    else if (!$("choice").classList.contains("fresh")) use(button);
  });
  addEventListener("click", (e) => {
    const button = e.target.closest?.("button");
    if (button && !e.pointerType) use(button);
  });

  // The corners at the top, or Escape, held.
  const corner = (e) => e.clientY < CORNER && (e.clientX < CORNER || e.clientX > innerWidth - CORNER);
  let holding = 0;
  const hold = () => {
    clearTimeout(holding);
    holding = setTimeout(() => gesture("service"), HOLD);
  };
  const release = () => clearTimeout(holding);
  addEventListener("pointermove", (e) => { if (!corner(e)) release(); });
  for (const name of ["pointerup", "pointercancel", "blur"]) addEventListener(name, release);
  addEventListener("keyup", (e) => { if (e.key === "Escape") release(); });

  // Keys: 1 to 6 for what is there, 0 to 9 for numbers and on a keypad; arrows
  // move; Escape ends what can be ended. Any other asks for time.
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey) {
      if (["+", "-", "=", "0"].includes(e.key)) e.preventDefault(); // no zoom that stays for the next one
      return;
    }
    if (e.repeat) {
      e.preventDefault();
      return;
    }
    if (kind() === "asleep") {
      gesture("wake");
      return;
    }
    const buttons = [...document.querySelectorAll("#answers button, #time button")].filter((b) => b.checkVisibility() && !b.disabled);
    const chosen = byKey(e.key, [...$("answers").children]);
    if (chosen && !$("choice").hidden) {
      answer(chosen);
      return;
    }
    if (e.key === "Escape") {
      hold();
      if (leaves()) gesture("end");
      return;
    }
    if (e.key === "Enter" || e.key === " ") {
      if (document.activeElement?.tagName !== "BUTTON") moreTime();
      return;
    }
    moreTime();
    const at = buttons.indexOf(document.activeElement);
    const forth = document.documentElement.dir === "rtl" && mirrored() ? -1 : 1;
    const to = {
      ArrowLeft: at < 0 ? buttons.length - 1 : at - forth, ArrowRight: at < 0 ? 0 : at + forth,
      ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: buttons.length - 1,
    }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    buttons[to]?.focus();
  });

  // Faces and numbers stand in the same order in every language.
  const mirrored = () => $("answers").dataset.layout === "labels";

  function byKey(key, answers) {
    switch ($("answers").dataset.layout) {
      case "nps":
        return /^[0-9]$/.test(key) ? answers[key] : undefined;
      case "keypad":
        if (key === "Enter") return document.activeElement?.tagName === "BUTTON" ? undefined : answers[11];
        if (key === "Backspace") return answers[9];
        return answers.find((b) => /^[0-9]$/.test(key) && b.textContent.trim() === key);
    }
    return /^[1-9]$/.test(key) ? answers[key - 1] : undefined;
  }

  // A terminal does not zoom, offer menus or drag its pictures about.
  for (const name of ["contextmenu", "dragstart", "gesturestart", "selectstart"]) {
    addEventListener(name, (e) => e.preventDefault());
  }
  addEventListener("wheel", (e) => { if (e.ctrlKey) e.preventDefault(); }, { passive: false });
}
