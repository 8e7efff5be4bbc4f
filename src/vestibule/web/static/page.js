// Hosted pages, smoother: send forms in place by the page protocol and swap the card for the
// one the server shows next. Everything here also works as plain forms and links.
// (A form here has buttons named "action", so its address is read from the attribute.)

const tail = () => new URL(card().querySelector("form").getAttribute("action"), location.href).search;
const api = (verb) => `${SETTINGS.hosts.tenant}/api/${SETTINGS.api}/${verb}${tail()}`;
const confirmed = () => `${api("confirmed")}&csrf_token=${encodeURIComponent(SETTINGS.csrf)}`;
// Goes on, and leaves the button busy until the next page is there.
const leave = (address) => { location.assign(address); return new Promise(() => {}); };
const card = () => document.getElementById("main");

function wait(button, on) {
  button.classList.toggle("busy", on);
  button.toggleAttribute("aria-disabled", on);
  if (on) button.setAttribute("aria-disabled", "true");
  button.form.setAttribute("aria-busy", String(on));
}

function complain(sentence) {
  const box = card().querySelector(".error.pageLevel");
  const line = document.createElement("p");
  line.textContent = sentence;
  box.replaceChildren(line);
  box.classList.remove("unseen");
  box.hidden = false;
  box.focus();
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const reply = await fetch(form.getAttribute("action"), {
    method: "POST",
    body,
    headers: { "X-CSRF-TOKEN": SETTINGS.csrf, "X-Requested-With": "XMLHttpRequest" },
  });
  if (!reply.ok) return leave(api("unified"));
  const { status, leaves } = await reply.json();
  if (status === "200" && (leaves || ["signin", "create", "continue", "verify"].includes(button.value))) return leave(confirmed());
  return swap();
}

async function swap() {
  const reply = await fetch(api("unified"), { redirect: "manual" });
  if (reply.type === "opaqueredirect") return leave(confirmed());
  const next = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (!next.getElementById("api")) return leave(api("unified"));
  const typed = new Map([...card().querySelectorAll(".input")].map((field) => [field.id, field.value]));
  document.title = next.title;
  card().replaceWith(document.adoptNode(next.getElementById("main")));
  for (const field of card().querySelectorAll(".input:not([readonly])")) {
    if (!field.value && !field.classList.contains("code")) field.value = typed.get(field.id) ?? "";
  }
  enhance();
  const first = card().querySelector("[autofocus]")
    ?? card().querySelector("fieldset:enabled .input:not([readonly])");
  first?.focus();
}

function submit(event) {
  event.preventDefault();
  const button = event.submitter ?? event.target.querySelector("button[type=submit]:enabled");
  if (button.getAttribute("aria-disabled") === "true") return;
  wait(button, true);
  send(event.target, button)
    .catch(() => complain(CONTENT.unknown_error))
    .finally(() => wait(button, false));
}

function reveal(box) {
  const field = box.querySelector(".input");
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "link", textContent: box.dataset.show });
  button.setAttribute("aria-controls", field.id);
  button.setAttribute("aria-label", `${box.dataset.show}: ${field.labels[0].textContent}`);
  button.addEventListener("click", () => {
    const hidden = field.type === "text";
    field.type = hidden ? "password" : "text";
    button.textContent = hidden ? box.dataset.show : box.dataset.hide;
    button.setAttribute("aria-label", `${button.textContent}: ${field.labels[0].textContent}`);
  });
  box.append(button);
}

// The four classes of the server's rules.
const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[@#$%^&*\-_+=[\]{}|\\:',?/`~"();!.]/];

function tick(list) {
  const field = document.getElementById("newPassword");
  const look = () => {
    const { length } = field.value;
    const classes = kinds.filter((kind) => kind.test(field.value)).length;
    for (const rule of list.children) {
      const { min, max, classes: least, digits } = rule.dataset;
      const met = digits !== undefined ? /^\d+$/.test(field.value)
        : least ? classes >= least
        : length >= min && length <= max;
      rule.classList.toggle("met", met);
    }
  };
  field.addEventListener("input", look);
  look();
}

// Names of months in the language of the page, where the server has numbers.
function nameMonths(list) {
  const name = new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", timeZone: "UTC" });
  for (const month of list.options) {
    if (month.value) month.textContent = name.format(Date.UTC(2000, month.value - 1));
  }
}

// Names of countries likewise, and in that language's order.
function nameCountries(list) {
  const { lang } = document.documentElement;
  const name = new Intl.DisplayNames(lang, { type: "region" });
  const { options: [none, ...countries], value } = list;
  for (const country of countries) country.textContent = `${name.of(country.value)} (+${country.dataset.code})`;
  countries.sort((one, other) => one.text.localeCompare(other.text, lang));
  list.append(none, ...countries);
  list.value = value; // moving options chooses among them
}

function enhance() {
  for (const form of card().querySelectorAll("form")) form.addEventListener("submit", submit);
  card().querySelectorAll(".reveal").forEach(reveal);
  card().querySelectorAll(".rules").forEach(tick);
  card().querySelectorAll("[data-part=month]").forEach(nameMonths);
  card().querySelectorAll("#countryCode").forEach(nameCountries);
  for (const way of card().querySelectorAll(".accountButton")) way.addEventListener("click", () => way.classList.add("busy"));
}

addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
enhance();
