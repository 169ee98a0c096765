// The form of an up/down-selling path or of a rule: variables are inserted by a click, and what it
// would do is looked at while it is being written. Without it that stands there once it is saved, and
// of a path there is a button "Preview".
"use strict";

(() => {
  // Words in the language of the page.
  const say = (english, german) => (document.documentElement.lang === "de" ? german : english);

  const form = document.querySelector("form[data-check]");
  if (!form) return;
  const insight = document.getElementById("insight");
  const status = document.getElementById("insight-status");
  const stale = document.getElementById("insight-stale");
  const texts = [...form.querySelectorAll('[name="/title"], [name="/description"]')];
  let last = texts[texts.length - 1];
  texts.forEach((text) => text.addEventListener("focus", () => (last = text)));

  for (const name of form.querySelectorAll("[data-insert]")) {
    const variable = name.textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second small";
    button.textContent = variable;
    button.setAttribute("aria-label", say(`Insert ${variable}`, `${variable} einfügen`));
    button.addEventListener("click", () => {
      last.setRangeText(variable, last.selectionStart, last.selectionEnd, "end");
      last.focus();
      last.dispatchEvent(new Event("input", { bubbles: true }));
    });
    name.replaceWith(button);
  }

  // What is beside the form holds for what was typed when it was looked at last.
  function tell(words) {
    stale.textContent = words;
    stale.hidden = words === "";
    insight.classList.toggle("stale", words !== "");
  }
  const away = say(
    "The server does not answer, so this preview is not current. All that you typed is still here; it is looked at again as soon as it answers.",
    "Der Server antwortet nicht, daher ist diese Vorschau nicht aktuell. Alles, was Sie geschrieben haben, steht noch hier; sobald er antwortet, wird es wieder angesehen.",
  );
  const outside = say(
    "You are not signed in any more, so this preview is not current and nothing can be saved. All that you typed is still here: copy what you need, then sign in again.",
    "Sie sind nicht mehr angemeldet, daher ist diese Vorschau nicht aktuell, und nichts lässt sich speichern. Alles, was Sie geschrieben haben, steht noch hier: Kopieren Sie, was Sie brauchen, und melden Sie sich dann neu an.",
  );
  const refused = say(
    "The server could not look at this, so this preview is not current. All that you typed is still here.",
    "Der Server konnte das nicht ansehen, daher ist diese Vorschau nicht aktuell. Alles, was Sie geschrieben haben, steht noch hier.",
  );

  const typed = () => new URLSearchParams(new FormData(form)).toString();
  let timer = 0;
  let turn = 0;
  let seen = typed();
  // Looks at what is typed; answers whether the form can be sent.
  async function look() {
    const sent = new URLSearchParams(new FormData(form));
    turn += 1;
    const mine = turn;
    const looked = sent.toString();
    sent.set("part", "insight");
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body: sent });
      const part = await answer.text();
      // A later look has overtaken this one.
      if (mine !== turn) return true;
      if (answer.redirected || answer.status === 403) {
        tell(outside);
        return false;
      }
      if (!answer.ok) {
        tell(refused);
        return true;
      }
      seen = looked;
      insight.innerHTML = part;
      const count = insight.querySelectorAll(".warnings li").length;
      status.textContent = `${count} ${count === 1 ? say("warning", "Warnung") : say("warnings", "Warnungen")}`;
      insight.dataset.turn = String(mine);
      tell("");
      return true;
    } catch {
      if (mine === turn) {
        tell(away);
        soon(3000);
      }
      return false;
    }
  }
  function soon(after) {
    clearTimeout(timer);
    timer = setTimeout(() => typed() !== seen && look(), after);
  }
  form.addEventListener("input", () => soon(350));
  form.addEventListener("change", () => soon(350));
  addEventListener("online", () => soon(0));

  // Sent into the void, all that was typed would be gone with the page.
  let isThere = false;
  form.addEventListener("submit", async (event) => {
    if (isThere || (navigator.onLine && stale.hidden)) return;
    event.preventDefault();
    isThere = await look();
    if (isThere) form.requestSubmit(event.submitter);
    else stale.scrollIntoView({ block: "center" });
    isThere = false;
  });
})();
