// The few things that need a script. Every page works without it.
"use strict";

document.addEventListener("keydown", (event) => {
  const field = document.getElementById("q-all");
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
  if (event.key === "/" && field && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    field.focus();
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  navigator.clipboard.writeText(button.dataset.copy).then(() => {
    button.setAttribute("aria-label", button.dataset.copied);
    button.title = button.dataset.copied;
  });
});

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-all]");
  if (all) {
    for (const box of document.querySelectorAll(`input[name="${all.dataset.all}"]`)) box.checked = all.checked;
  }
  const box = event.target.closest('input[name="move"], [data-all], [data-everybody]');
  if (!box) return;
  const chosen = document.querySelectorAll('input[name="move"]:checked').length;
  for (const row of document.querySelectorAll("tr[data-row]")) {
    row.setAttribute("aria-selected", row.querySelector('input[name="move"]').checked);
  }
  const said = document.querySelector("[data-chosen]");
  if (!said) return;
  const everybody = document.querySelector("[data-everybody]:checked");
  said.textContent = said.dataset.chosen.replace("0", everybody ? everybody.dataset.everybody : chosen);
  said.parentElement.classList.toggle("is-some", chosen > 0 || everybody !== null);
});

// The lease clock counts down in real seconds; the server decides, this only shows.
for (const clock of document.querySelectorAll("[data-left]")) {
  const end = Date.now() + Number(clock.dataset.left) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left) setTimeout(tick, 1000);
  };
  tick();
}

// Buttons that only make sense with a script appear with it.
document.documentElement.classList.add("has-script");
