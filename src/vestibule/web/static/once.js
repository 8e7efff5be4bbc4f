// Pages whose forms lead to another page: a form is sent once, and its button tells that it was.
document.addEventListener("submit", (event) => {
  if (event.target.ariaBusy === "true") return event.preventDefault();
  event.target.ariaBusy = "true";
  event.submitter?.classList.add("busy");
  event.submitter?.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
