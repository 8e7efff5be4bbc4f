// Development pages: times people read, and lists that renew themselves.

const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });

function say(time) {
  const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? units.at(-1);
  time.title = new Date(time.dateTime).toLocaleString();
  time.textContent = relative.format(Math.round(seconds / size), unit);
}

const tell = () => document.querySelectorAll("time[data-relative]").forEach(say);

// Adds what is new and removes what is gone; what stays keeps its focus and what was opened.
async function renew(list) {
  if (document.hidden) return;
  const reply = await fetch(location.href);
  if (!reply.ok) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const next = page.getElementById(list.id);
  if (!next || next.dataset.state === list.dataset.state) return;
  list.dataset.state = next.dataset.state;
  for (const item of [...list.children]) if (!page.getElementById(item.id)) item.remove();
  let before = list.firstElementChild;
  for (const item of [...next.children]) {
    const held = document.getElementById(item.id);
    if (held) before = held.nextElementSibling;
    else list.insertBefore(item, before);
  }
  tell();
}

tell();
setInterval(tell, 15000);
for (const list of document.querySelectorAll("[data-renew]")) {
  setInterval(() => renew(list).catch(() => {}), 1500);
}
