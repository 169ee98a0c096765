// Draws the offer graph: dagre finds the layers, route.js the ways of edges around boxes. The table
// beside it says the same without it.
"use strict";

(() => {
  const place = document.querySelector("[data-graph]");
  if (!place || typeof cytoscape !== "function") return;
  // Cytoscape would write a style sheet into the page, which our policy forbids: ours has its rule.
  document.querySelector('link[rel="stylesheet"]').id = "__________cytoscape_stylesheet";

  // Words in the language of the page.
  const say = (english, german) => (document.documentElement.lang === "de" ? german : english);

  const { offers, edges, paths } = JSON.parse(place.dataset.graph);
  // Beyond that a layout by layers takes too long, labels hide what they label, and thousands of
  // elements with styles of their own take seconds: the edges are then lines on a canvas below.
  const isLarge = edges.length > 300;
  const isNarrow = place.clientWidth < 640;
  const size = { width: 150, height: 48, across: 230, down: 74 };
  // More labels hide what they label: they are then shown of what is pointed at.
  const isLabelled = edges.length <= 30;
  const letters = Math.max(0, ...paths.map(([, , label]) => label.length));

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const shortened = (text) => {
    const letters = [...text];
    return letters.length > 22 ? `${letters.slice(0, 21).join("")}…` : text;
  };

  const nodes = offers.map(([id, title, price, sold], at) => ({
    data: {
      id: `o${at}`, href: `/backend/offers/${id}`, label: `${shortened(title)}\n${price}`,
      width: size.width, height: size.height,
    },
    classes: sold ? "" : "unsold",
  }));
  const lines = edges.map(([source, target, path, kind], at) => ({
    data: {
      id: `e${at}`, source: `o${source}`, target: `o${target}`,
      href: `/backend/paths/${paths[path][0]}`, label: paths[path][2],
    },
    classes: kind,
  }));

  // Labels lie along the edges where these reach or leave a box.
  const turn = isNarrow ? "-90deg" : "0deg";

  const look = () => {
    const kind = (name, ink, line) => ({
      selector: `edge.${name}`,
      style: { "line-color": colour(ink), "target-arrow-color": colour(ink), "line-style": line },
    });
    return [
      {
        selector: "node",
        style: {
          shape: "round-rectangle", width: "data(width)", height: "data(height)",
          "background-color": colour("--raised"), "border-width": 1, "border-color": colour("--edge"),
          label: "data(label)", color: colour("--ink"), "font-size": 12, "font-family": "system-ui, sans-serif",
          "text-valign": "center", "text-halign": "center", "text-wrap": "wrap", "text-overflow-wrap": "anywhere", "text-max-width": size.width - 8,
        },
      },
      { selector: "node.unsold", style: { "border-style": "dashed", color: colour("--quiet") } },
      {
        selector: "edge",
        style: {
          width: 1.5, "target-arrow-shape": "triangle", "arrow-scale": 0.9, color: colour("--ink"), "font-size": 10,
          "font-family": "system-ui, sans-serif", "text-rotation": "autorotate",
          "source-text-rotation": turn, "target-text-rotation": turn,
          "text-background-color": colour("--ground"), "text-background-opacity": 0.9, "text-background-padding": 1,
        },
      },
      {
        selector: "edge[from]",
        style: {
          "curve-style": "round-segments", "segment-radii": 7, "edge-distances": "endpoints",
          "source-endpoint": "data(from)", "target-endpoint": "data(to)",
          "segment-weights": "data(weights)", "segment-distances": "data(distances)",
        },
      },
      { selector: "edge.straight", style: { "curve-style": "straight" } },
      // Where there is room for it: before the layer that lies further on.
      ...["forward", "back", "beside"].map((course) => ({
        selector: isLabelled ? `edge.${course}` : `edge.${course}.hovered`,
        style: {
          forward: { "target-label": "data(label)", "target-text-offset": "data(off)" },
          back: { "source-label": "data(label)", "source-text-offset": "data(off)" },
          beside: { label: "data(label)" },
        }[course],
      })),
      kind("up", "--good", "solid"),
      kind("down", "--bar-2", "dashed"),
      kind("level", "--quiet", "solid"),
      kind("add", "--accent", "dotted"),
      kind("never", "--edge", "dashed"),
      { selector: ".hovered", style: { width: 3.5, "z-index": 9 } },
      { selector: "node.hovered", style: { width: "data(width)", "border-width": 2.5, "border-color": colour("--accent") } },
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

  // Leads the edges around the boxes that dagre has put into layers.
  const route = () => {
    const isDown = isNarrow;
    const turned = ({ x, y }) => (isDown ? { u: y, v: x } : { u: x, v: y });
    const back = ({ u, v }) => (isDown ? { x: v, y: u } : { x: u, y: v });
    const room = {
      along: isDown ? size.height : size.width, across: isDown ? size.width : size.height,
      apart: 34, port: isLabelled ? 14 : 9, lane: 11, track: 9, clear: 14,
      text: isLabelled ? 14 + 5.2 * letters : 0,
    };
    const spots = offers.map((_, at) => turned(graph.$id(`o${at}`).position()));
    const { boxes, ways } = routeAround(spots, edges, room);
    graph.batch(() => {
      boxes.forEach((box, at) => {
        const node = graph.$id(`o${at}`);
        node.data(isDown ? "width" : "height", box.across);
        node.position(back(box));
      });
      ways.forEach((way, at) => lead(graph.$id(`e${at}`), way.map(back), room));
    });
  };
  // Cytoscape wants ends from the middles of their boxes, and corners along the straight line between
  // the ends and off it.
  const lead = (edge, points, room) => {
    const [from, to] = [points[0], points[points.length - 1]];
    const [source, target] = [edge.source().position(), edge.target().position()];
    const [across, down] = [to.x - from.x, to.y - from.y];
    const long = across ** 2 + down ** 2;
    const corners = points.slice(1, -1).map(({ x, y }) => [x - from.x, y - from.y]);
    const layer = ({ x, y }) => (isNarrow ? y : x);
    edge.data({
      from: `${from.x - source.x}px ${from.y - source.y}px`,
      to: `${to.x - target.x}px ${to.y - target.y}px`,
      weights: corners.map(([x, y]) => (x * across + y * down) / long),
      distances: corners.map(([x, y]) => (y * across - x * down) / Math.sqrt(long)),
      off: 12 + (2.6 * edge.data("label").length),
    });
    const ahead = layer(target) - layer(source);
    edge.addClass(ahead > 0 ? "forward" : ahead < 0 ? "back" : "beside");
    edge.toggleClass("straight", corners.length === 0);
  };

  place.replaceChildren();
  const graph = cytoscape({
    container: place,
    elements: { nodes, edges: isLarge ? [] : lines },
    style: look(),
    layout: isLarge ? inRows() : inLayers(),
    maxZoom: 2.5,
    minZoom: 0.05,
    // The wheel moves the page, and fingers are followed below.
    userZoomingEnabled: false,
    userPanningEnabled: matchMedia("(pointer: fine)").matches,
    boxSelectionEnabled: false,
    autounselectify: true,
    // Edges would not follow.
    autoungrabify: true,
  });
  const fit = () => {
    graph.fit(undefined, 24);
    if (graph.zoom() > 1.2) {
      graph.zoom(1.2);
      graph.center();
    }
  };

  // The lines of a large graph: drawn whenever the nodes are, found by their distance.
  const drawLines = () => {
    const canvas = document.createElement("canvas");
    place.prepend(canvas);
    const pen = canvas.getContext("2d");
    const dashes = { up: [], down: [6, 4], level: [], add: [2, 3], never: [6, 4] };
    const inks = { up: "--good", down: "--bar-2", level: "--quiet", add: "--accent", never: "--edge" };
    let spots = [];
    let pointed = [];
    const ends = ([source, target]) => [spots[source], spots[target]];
    // Where a line from `from` enters the box of `to`.
    const entry = (from, to, zoom) => {
      const [across, down] = [to.x - from.x, to.y - from.y];
      const share = Math.min(
        1, (size.width / 2) * zoom / Math.abs(across), (size.height / 2) * zoom / Math.abs(down));
      return { x: to.x - across * share, y: to.y - down * share };
    };
    const stroke = (some, kind, zoom) => {
      pen.strokeStyle = pen.fillStyle = colour(inks[kind]);
      pen.setLineDash(dashes[kind]);
      const long = Math.max(4, Math.min(9, 9 * zoom));
      const wide = 0.4 * long;
      const heads = new Path2D();
      const bodies = new Path2D();
      for (const edge of some) {
        const [from, to] = ends(edge);
        const tip = entry(from, to, zoom);
        const way = Math.hypot(to.x - from.x, to.y - from.y) || 1;
        const [x, y] = [(to.x - from.x) / way, (to.y - from.y) / way];
        bodies.moveTo(from.x, from.y);
        bodies.lineTo(tip.x, tip.y);
        heads.moveTo(tip.x, tip.y);
        heads.lineTo(tip.x - long * x - wide * y, tip.y - long * y + wide * x);
        heads.lineTo(tip.x - long * x + wide * y, tip.y - long * y - wide * x);
      }
      pen.stroke(bodies);
      pen.fill(heads);
    };
    const draw = () => {
      const dots = window.devicePixelRatio || 1;
      const [width, height] = [place.clientWidth, place.clientHeight];
      canvas.width = width * dots;
      canvas.height = height * dots;
      pen.scale(dots, dots);
      const zoom = graph.zoom();
      spots = graph.nodes().map((node) => node.renderedPosition());
      const kinds = Object.keys(inks);
      pen.globalAlpha = pointed.length > 0 ? 0.15 : 0.55;
      pen.lineWidth = Math.max(0.6, Math.min(1.5, 1.5 * zoom));
      kinds.forEach((kind) => stroke(edges.filter((edge) => edge[3] === kind), kind, zoom));
      pen.globalAlpha = 1;
      pen.lineWidth = 2.5;
      kinds.forEach((kind) => stroke(pointed.filter((edge) => edge[3] === kind), kind, zoom));
    };
    // The edge next to a spot, if it is near.
    const nearest = ({ x, y }) => {
      let [found, least] = [undefined, 5];
      for (const edge of edges) {
        const [from, to] = ends(edge);
        const [across, down] = [to.x - from.x, to.y - from.y];
        const along = ((x - from.x) * across + (y - from.y) * down) / (across ** 2 + down ** 2 || 1);
        const part = Math.max(0, Math.min(1, along));
        const off = Math.hypot(from.x + part * across - x, from.y + part * down - y);
        if (off < least) [found, least] = [edge, off];
      }
      return found;
    };
    const point = (some) => {
      if (some.length === pointed.length && some.every((edge, at) => edge === pointed[at])) return;
      pointed = some;
      draw();
    };
    graph.on("render", draw);
    graph.on("mousemove", (event) => {
      const node = event.target !== graph && Number(event.target.id().slice(1));
      const edge = node === false ? nearest(event.renderedPosition) : undefined;
      point(node === false ? [edge].filter(Boolean) : edges.filter(([from, to]) => from === node || to === node));
      place.classList.toggle("pointing", node !== false || edge !== undefined);
      place.title = edge ? `${paths[edge[2]][1]}: ${paths[edge[2]][2]}` : "";
    });
    place.addEventListener("mouseleave", () => point([]));
    graph.on("tap", (event) => {
      const edge = event.target === graph && nearest(event.renderedPosition);
      if (edge && !areFingersMoved()) location.assign(`/backend/paths/${paths[edge[2]][0]}`);
    });
  };

  // One finger up or down scrolls the page, for the style sheet leaves that to the browser. Sideways
  // it moves the picture; two fingers move and zoom it. Tells whether they have moved since they came.
  const followFingers = () => {
    const fingers = new Map();
    let start;
    let isMoved = false;
    const measure = () => {
      const spots = [...fingers.values()];
      const { left, top } = place.getBoundingClientRect();
      const middle = (key) => spots.reduce((all, spot) => all + spot[key], 0) / spots.length;
      const [x, y] = [middle("x"), middle("y")];
      const spread = Math.max(...spots.map((spot) => Math.hypot(spot.x - x, spot.y - y)));
      return { x: x - left, y: y - top, spread };
    };
    const put = (event) => fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const isFinger = (event) => event.pointerType === "touch";
    place.addEventListener("pointerdown", (event) => {
      if (!isFinger(event)) return;
      if (fingers.size === 0) [start, isMoved] = [event, false];
      put(event);
    });
    // Cytoscape keeps a page from scrolling below a finger that is on a box.
    place.addEventListener("touchmove", (event) => event.stopPropagation(), { capture: true, passive: true });
    // It cancels each touch at its end, which browsers complain about where the page has scrolled.
    place.addEventListener("touchend", (event) => {
      if (!event.cancelable) event.preventDefault = () => {};
    }, { capture: true });
    for (const end of ["pointerup", "pointercancel"]) {
      window.addEventListener(end, (event) => fingers.delete(event.pointerId));
    }
    window.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      const before = measure();
      put(event);
      isMoved ||= Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > 8;
      const after = measure();
      // Up and down is the page's, also until the browser takes over.
      graph.panBy({ x: after.x - before.x, y: fingers.size > 1 ? after.y - before.y : 0 });
      if (before.spread > 0 && after.spread > 0) {
        const level = graph.zoom() * (after.spread / before.spread);
        graph.zoom({ level, renderedPosition: { x: after.x, y: after.y } });
      }
    });
    return () => isMoved;
  };
  const areFingersMoved = followFingers();

  if (isLarge) drawLines();
  else route();
  fit();
  graph.on("tap", "node, edge", (event) => {
    if (!areFingersMoved()) location.assign(event.target.data("href"));
  });
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
  let seen = `${place.clientWidth} ${place.clientHeight}`;
  new ResizeObserver(() => {
    // It tells of the size at the beginning, too.
    const now = `${place.clientWidth} ${place.clientHeight}`;
    if (now === seen) return;
    seen = now;
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
  button("+", say("Zoom in (+)", "Vergrößern (+)"), zoom(1.4));
  button("−", say("Zoom out (−)", "Verkleinern (−)"), zoom(1 / 1.4));
  button(say("Fit", "Einpassen"), say("Fit the picture", "Bild einpassen"), fit);
  place.after(bar);
  // Painted with the next frame: whoever measures looks for this mark.
  requestAnimationFrame(() => setTimeout(() => {
    performance.mark("graph-drawn");
    place.dataset.drawn = String(edges.length);
  }));
})();
