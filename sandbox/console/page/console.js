// Asks every second for what is new, while somebody looks. The server sends HTML in which all values are escaped.
const EVERY = 1000;
const live = document.getElementById("live");
const shown = new WeakMap();
let version = "";

async function look() {
  try {
    const answer = await fetch("/sandbox/console?seen=" + version, { signal: AbortSignal.timeout(10 * EVERY) });
    if (!answer.ok) throw new Error(answer.statusText);
    if (answer.status === 200) show(await answer.json());
    say("live");
  } catch {
    say("the sandbox does not answer", true);
  }
}

function show(content) {
  version = content.version;
  fill(content.parts);
  fill(content.parts); // places that lie in what was just filled
}

function fill(parts) {
  for (const place of document.querySelectorAll("[data-part]")) {
    const part = parts[place.dataset.part] ?? "";
    if (shown.get(place) === part) continue; // so that a selection stays, and a link can be met
    place.innerHTML = part;
    shown.set(place, part);
  }
}

function say(text, lost = false) {
  if (live.textContent !== text) live.textContent = text;
  live.classList.toggle("lost", lost);
}

async function watch() {
  if (!document.hidden) await look();
  setTimeout(watch, EVERY);
}

watch();
