// Draws the offer graph. The table beside it says the same without it.
"use strict";

(() => {
  const place = document.querySelector("[data-graph]");
  if (!place || typeof cytoscape !== "function") return;
  // Cytoscape would write a style sheet into the page, which our policy forbids: ours has its rule.
  document.querySelector('link[rel="stylesheet"]').id = "__________cytoscape_stylesheet";

  const { offers, edges, paths } = JSON.parse(place.dataset.graph);
  // Beyond that a layout by layers takes too long, and labels hide what they label.
  const isLarge = edges.length > 300;
  const isNarrow = place.clientWidth < 640;
  const size = { width: 150, height: 48, across: 230, down: 74 };

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const shortened = (text) => {
    const letters = [...text];
    return letters.length > 22 ? `${letters.slice(0, 21).join("")}…` : text;
  };

  const nodes = offers.map(([id, title, price, sold], at) => ({
    data: { id: `o${at}`, href: `/backend/offers/${id}`, label: `${shortened(title)}\n${price}` },
    classes: sold ? "" : "unsold",
  }));
  const lines = edges.map(([source, target, path, kind], at) => ({
    data: {
      id: `e${at}`, source: `o${source}`, target: `o${target}`,
      href: `/backend/paths/${paths[path][0]}`, label: paths[path][2],
    },
    classes: kind,
  }));

  const look = () => {
    const kind = (name, ink, line) => ({
      selector: `edge.${name}`,
      style: { "line-color": colour(ink), "target-arrow-color": colour(ink), "line-style": line },
    });
    return [
      {
        selector: "node",
        style: {
          shape: "round-rectangle", width: size.width, height: size.height,
          "background-color": colour("--raised"), "border-width": 1, "border-color": colour("--edge"),
          label: "data(label)", color: colour("--ink"), "font-size": 12, "font-family": "system-ui, sans-serif",
          "text-valign": "center", "text-halign": "center", "text-wrap": "wrap", "text-overflow-wrap": "anywhere", "text-max-width": size.width - 8,
        },
      },
      { selector: "node.unsold", style: { "border-style": "dashed", color: colour("--quiet") } },
      {
        selector: "edge",
        style: {
          width: 1.5, "curve-style": isLarge ? "straight" : "bezier", "control-point-step-size": 34,
          "target-arrow-shape": "triangle", "arrow-scale": 0.9, opacity: isLarge ? 0.55 : 1,
          label: isLarge ? "" : "data(label)", color: colour("--ink"), "font-size": 10,
          "font-family": "system-ui, sans-serif", "text-rotation": "autorotate",
          "text-background-color": colour("--ground"), "text-background-opacity": 0.9, "text-background-padding": 2,
        },
      },
      kind("up", "--good", "solid"),
      kind("down", "--bar-2", "dashed"),
      kind("add", "--accent", "dotted"),
      kind("never", "--edge", "dashed"),
      { selector: ".hovered", style: { width: 3.5, opacity: 1, label: "data(label)", "z-index": 9 } },
      { selector: "node.hovered", style: { width: size.width, "border-width": 2.5, "border-color": colour("--accent") } },
    ];
  };

  // Rows of offers from the one with the fewest ways in to the one with the most.
  const inRows = () => {
    const entries = new Array(offers.length).fill(0);
    edges.forEach(([, target]) => entries[target]++);
    const order = [...entries.keys()].sort((a, b) => entries[a] - entries[b] || a - b);
    const columns = Math.ceil(Math.sqrt(order.length * (isNarrow ? 0.3 : 0.9)));
    const spots = {};
    order.forEach((offer, at) => {
      spots[`o${offer}`] = { x: (at % columns) * size.across, y: Math.floor(at / columns) * size.down * 1.6 };
    });
    return { name: "preset", positions: (node) => spots[node.id()] };
  };
  const inLayers = () => ({
    name: "dagre", rankDir: isNarrow ? "TB" : "LR", nodeSep: 34, edgeSep: 18, rankSep: isNarrow ? 90 : 150,
    ranker: "longest-path",
  });

  place.replaceChildren();
  const graph = cytoscape({
    container: place,
    elements: { nodes, edges: lines },
    style: look(),
    layout: isLarge ? inRows() : inLayers(),
    maxZoom: 2.5,
    minZoom: 0.05,
    // The wheel and the finger move the page.
    userZoomingEnabled: false,
    userPanningEnabled: matchMedia("(pointer: fine)").matches,
    boxSelectionEnabled: false,
    autounselectify: true,
    hideEdgesOnViewport: isLarge,
    textureOnViewport: isLarge,
    pixelRatio: isLarge ? 1 : "auto",
  });
  const fit = () => {
    graph.fit(undefined, 24);
    if (graph.zoom() > 1.2) {
      graph.zoom(1.2);
      graph.center();
    }
  };
  fit();
  graph.on("tap", "node, edge", (event) => location.assign(event.target.data("href")));
  graph.on("mouseover", "node, edge", (event) => {
    event.target.addClass("hovered");
    if (event.target.isNode()) event.target.connectedEdges().addClass("hovered");
    place.classList.add("pointing");
  });
  graph.on("mouseout", "node, edge", () => {
    graph.elements(".hovered").removeClass("hovered");
    place.classList.remove("pointing");
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => graph.style(look()));
  new ResizeObserver(() => {
    graph.resize();
    fit();
  }).observe(place);

  const centre = () => ({ x: place.clientWidth / 2, y: place.clientHeight / 2 });
  const bar = document.createElement("p");
  bar.className = "actions";
  const button = (text, label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "second small";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    bar.append(made);
  };
  const zoom = (factor) => () => graph.zoom({ level: graph.zoom() * factor, renderedPosition: centre() });
  button("+", "Zoom in (+)", zoom(1.4));
  button("−", "Zoom out (−)", zoom(1 / 1.4));
  button("Fit", "Fit the picture", fit);
  place.after(bar);
  place.dataset.drawn = String(graph.edges().length);
})();
