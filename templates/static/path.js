// The form of an up/down-selling path: variables are inserted by a click, and what the path would
// do is looked at while it is being written. Without it there is a button "Preview".
"use strict";

(() => {
  const form = document.querySelector("form[data-check]");
  if (!form) return;
  const insight = document.getElementById("insight");
  const status = document.getElementById("insight-status");
  const texts = [...form.querySelectorAll('[name="/title"], [name="/description"]')];
  let last = texts[texts.length - 1];
  texts.forEach((text) => text.addEventListener("focus", () => (last = text)));

  for (const name of form.querySelectorAll("[data-insert]")) {
    const variable = name.textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second small";
    button.textContent = variable;
    button.setAttribute("aria-label", `Insert ${variable}`);
    button.addEventListener("click", () => {
      last.setRangeText(variable, last.selectionStart, last.selectionEnd, "end");
      last.focus();
      last.dispatchEvent(new Event("input", { bubbles: true }));
    });
    name.replaceWith(button);
  }

  let timer = 0;
  let turn = 0;
  let seen = new URLSearchParams(new FormData(form)).toString();
  async function look() {
    const sent = new URLSearchParams(new FormData(form));
    if (sent.toString() === seen) return;
    seen = sent.toString();
    turn += 1;
    const mine = turn;
    sent.set("part", "insight");
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: sent });
      const part = await answer.text();
      // A later look has overtaken this one, or the session has ended.
      if (mine !== turn || !answer.ok || answer.redirected) return;
      insight.innerHTML = part;
      const doubts = insight.querySelectorAll(".warnings li").length;
      status.textContent = `${doubts} ${doubts === 1 ? "warning" : "warnings"}`;
      insight.dataset.turn = String(mine);
    } catch {
      // The server is away: saving will say so.
    }
  }
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, 350);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
})();
