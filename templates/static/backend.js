// What makes the backend more convenient. Every page works without it.
"use strict";

(() => {
  // Words in the language of the page.
  const say = (english, german) => (document.documentElement.lang === "de" ? german : english);

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // <div data-chart='{"days": [...], "series": [{"label", "values"}]}'>: stacked bars by day.
  function drawBars(place) {
    const { days, series } = JSON.parse(place.dataset.chart);
    const stacked = [];
    series.forEach(({ values }, row) => {
      stacked.push(values.map((value, day) => value + (row > 0 ? stacked[row - 1][day] : 0)));
    });
    const bars = uPlot.paths.bars({ size: [0.7, 36], radius: 0.15 });
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const row = (_, at) => ({ fill: colour(`--bar-${at + 1}`), width: 0, paths: bars, points: { show: false } });
    const options = {
      width: place.clientWidth,
      height: 190,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      cursor: { show: false },
      legend: { show: false },
      scales: {
        x: { range: (_, from, to) => [from - 43200, to + 43200] },
        y: { range: (_, __, to) => [0, Math.max(to, 3)] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 70, incrs: [86400, 7 * 86400, 14 * 86400], size: 28, values: (_, ticks) => ticks.map(shortDay) },
        { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000] },
      ],
      // The highest sum first, so that the lower ones are drawn over it.
      series: [{}, ...series.map(row).reverse()],
    };
    const seconds = days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000);
    place.replaceChildren();
    return new uPlot(options, [seconds, ...stacked.reverse()], place);
  }

  const shortDay = (seconds) =>
    new Date(seconds * 1000).toLocaleDateString(document.documentElement.lang, { month: "short", day: "numeric", timeZone: "UTC" });

  function keepDrawn(place) {
    let chart = drawBars(place);
    const again = () => {
      chart.destroy();
      chart = drawBars(place);
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    new ResizeObserver(() => {
      if (place.clientWidth !== chart.width) chart.setSize({ width: place.clientWidth, height: 190 });
    }).observe(place);
  }

  // <fieldset data-picker>: a field that narrows down a long list of boxes, and how many of them
  // are ticked.
  function addFilter(picker) {
    const items = [...picker.querySelectorAll("li")];
    if (items.length < 9) return;
    const field = document.createElement("input");
    field.type = "search";
    field.placeholder = say("Filter", "Filtern");
    const name = picker.querySelector("legend").firstChild.textContent.trim();
    field.setAttribute("aria-label", say(`Filter ${name}`, `${name} filtern`));
    const count = document.createElement("p");
    count.className = "hint";
    count.setAttribute("role", "status");
    function narrow() {
      const wanted = field.value.trim().toLowerCase();
      let found = 0;
      for (const item of items) {
        const fits = item.textContent.toLowerCase().includes(wanted);
        found += fits ? 1 : 0;
        item.hidden = !fits && !item.querySelector(":checked");
      }
      const ticked = picker.querySelectorAll(":checked").length;
      const all = items.length;
      count.textContent = wanted === ""
        ? say(`${ticked} of ${all} ticked`, `${ticked} von ${all} angehakt`)
        : say(`${found} of ${all} found, ${ticked} ticked`, `${found} von ${all} gefunden, ${ticked} angehakt`);
    }
    field.addEventListener("input", narrow);
    picker.addEventListener("change", narrow);
    // Enter would send the form.
    field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    picker.querySelector("ul").before(field);
    picker.querySelector("ul").after(count);
    narrow();
  }

  // <div data-poll="/address">: shows what that answers, again and again, as long as there is
  // progress in it.
  async function poll(place) {
    const again = () => setTimeout(() => poll(place), 1000);
    try {
      const answer = await fetch(place.dataset.poll, { headers: { accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      place.innerHTML = await answer.text();
      if (place.querySelector("progress")) again();
    } catch {
      // The server may be starting again.
      again();
    }
  }

  // Only what has something to scroll is a stop for the keyboard, and says that it goes on.
  function markWide(place) {
    const look = () => {
      const isWide = place.scrollWidth > place.clientWidth;
      place.toggleAttribute("data-wide", isWide);
      if (isWide || place.scrollHeight > place.clientHeight) place.tabIndex = 0;
      else place.removeAttribute("tabindex");
    };
    const watch = new ResizeObserver(look);
    watch.observe(place);
    if (place.firstElementChild) watch.observe(place.firstElementChild);
  }

  if (typeof uPlot === "function") document.querySelectorAll("[data-chart]").forEach(keepDrawn);
  document.querySelectorAll(".scroll").forEach(markWide);
  document.querySelectorAll("[data-picker]").forEach(addFilter);
  document.querySelectorAll("[data-poll]").forEach((place) => setTimeout(() => poll(place), 500));
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
  // The first thing that is wrong can be mended at once; what is told of the whole is read first.
  const wrong = document.querySelector(".field.wrong :is(input, select, textarea):not([type=hidden])");
  (wrong ?? document.querySelector(".problems"))?.focus();
})();
