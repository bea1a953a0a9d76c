// Looks again after the seconds that a part of the page asks for, and replaces that part when it has changed.
// Without this script the page says the same, and a link looks again.
"use strict";
for (const part of document.querySelectorAll("[data-again]")) {
  const heading = part.getAttribute("aria-labelledby");
  const seconds = Number(part.dataset.again);
  const again = async () => {
    if (document.visibilityState !== "visible" || part.contains(document.activeElement)) return;
    const answer = await fetch(location.pathname, { credentials: "same-origin" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const selector = heading ? `[aria-labelledby="${heading}"]` : "[data-again]";
    const other = fresh.querySelector(selector);
    // A part that no longer waits came with more of the page around it: load it whole.
    if (!other || !other.hasAttribute("data-again")) location.reload();
    else if (other.innerHTML !== part.innerHTML) part.innerHTML = other.innerHTML;
  };
  setInterval(() => again().catch(() => {}), seconds * 1000);
}
