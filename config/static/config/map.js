// Keeps the service map fresh while somebody looks at it. Without this script the page says the same as of its loading.
"use strict"

const EVERY_MS = 3000
const live = () => document.querySelector("[data-live]")
let isPaused = false

async function refresh() {
  if (isPaused || document.hidden) return
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" })
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]")
  if (!fresh || isBusy()) return
  const focused = document.activeElement?.id
  for (const report of live().querySelectorAll("details[open]")) fresh.querySelector(`#${report.id}`).open = true
  live().replaceWith(fresh)
  addPause()
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
}

// Nobody's selection, hovering or reading position within a table is taken away under their hands.
function isBusy() {
  const within = live().contains(document.activeElement) && !document.activeElement.id
  return within || live().matches(":has(.box:hover, .scroll:hover)") || !getSelection().isCollapsed
}

function addPause() {
  const button = document.createElement("button")
  button.id = "pause"
  button.type = "button"
  button.className = "plain pause"
  const label = () => (button.textContent = isPaused ? "Keep it fresh" : "Keep it as it is")
  button.addEventListener("click", () => {
    isPaused = !isPaused
    label()
  })
  label()
  live().querySelector("h2").after(button)
}

if (live()) {
  addPause()
  setInterval(() => refresh().catch(() => {}), EVERY_MS)
}
