// Leads the edges of a graph around its boxes. The boxes lie in layers already; between two layers
// is a channel. An edge leaves its box at a port, changes its height within channels only, and
// passes each layer between its ends through a lane: a gap between boxes, or beyond the outermost.
// Boxes are moved apart where lanes, ports or tracks want the room. `u` runs across the layers, `v`
// along them. Nothing is drawn here, and the same graph comes out the same.
"use strict";

const routeAround = (() => {
  const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
  const ascending = (key) => (a, b) => key(a) - key(b) || a.at - b.at;

  // Boxes of one `u` are a layer; each box learns its layer and its place in it.
  const layered = (boxes) => {
    const spots = [...new Set(boxes.map((box) => Math.round(box.u)))].sort((a, b) => a - b);
    return spots.map((spot, layer) => {
      const own = boxes.filter((box) => Math.round(box.u) === spot).sort(ascending((box) => box.v));
      own.forEach((box, place) => Object.assign(box, { layer, place }));
      return own;
    });
  };

  // An edge from its left end to its right end, whichever way it leads. Between boxes of one layer
  // both ends are on the far side of that layer.
  const laidOut = (boxes, edges) => edges.map(([source, target], at) => {
    const [from, to] = [boxes[source], boxes[target]];
    const isBack = from.layer > to.layer;
    const [left, right] = isBack ? [to, from] : [from, to];
    return { at, isBack, left, right, isBeside: from.layer === to.layer, lanes: [] };
  });

  // The gap of a layer that is nearest to where an edge would pass it if it were straight.
  const takeLanes = (way, layers, size) => {
    for (let layer = way.left.layer + 1; layer < way.right.layer; layer++) {
      const share = (layer - way.left.layer) / (way.right.layer - way.left.layer);
      const wish = way.left.v + share * (way.right.v - way.left.v);
      const own = layers[layer];
      let [gap, least] = [0, Infinity];
      for (let at = 0; at <= own.length; at++) {
        const above = at > 0 ? own[at - 1].v + size.across / 2 : -Infinity;
        const below = at < own.length ? own[at].v - size.across / 2 : Infinity;
        const off = Math.max(above - wish, wish - below, 0);
        if (off < least) [gap, least] = [at, off];
      }
      way.lanes.push({ at: way.at, layer, gap, way, v: wish });
    }
  };

  // Ports of a box: which ways end on its near (before) and its far side (after).
  const listEnds = (boxes, ways) => {
    boxes.forEach((box) => Object.assign(box, { before: [], after: [] }));
    ways.forEach((way) => {
      way.start = { at: way.at, way };
      way.end = { at: way.at, way };
      way.left.after.push(way.start);
      way.right[way.isBeside ? "after" : "before"].push(way.end);
    });
  };

  // Moves the boxes of a layer apart until ports and lanes have room, and keeps their middle.
  const makeRoom = (own, lanes, size) => {
    const before = sum(own.map((box) => box.v));
    own.forEach((box, place) => {
      const ports = Math.max(box.before.length, box.after.length);
      box.across = Math.max(size.across, (ports + 1) * size.port);
      if (place === 0) return;
      const above = own[place - 1];
      const passing = lanes.filter((lane) => lane.gap === place).length;
      const apart = Math.max(size.apart, (passing + 1) * size.lane);
      box.v = Math.max(box.v, above.v + (above.across + box.across) / 2 + apart);
    });
    const off = (sum(own.map((box) => box.v)) - before) / own.length;
    own.forEach((box) => { box.v -= off; });
  };

  // Ports in the order of where their ways go next, so that they need not cross at the box.
  const setPorts = (boxes, size) => {
    const next = (box) => ({ way }) => {
      const other = box === way.left ? way.right : way.left;
      if (way.lanes.length === 0) return other.v;
      return way.lanes[box === way.left ? 0 : way.lanes.length - 1].v;
    };
    for (const box of boxes) {
      for (const ends of [box.before, box.after]) {
        const step = Math.min(size.port * 1.5, box.across / (ends.length + 1));
        ends.sort(ascending(next(box)));
        ends.forEach((end, place) => { end.v = box.v + (place - (ends.length - 1) / 2) * step; });
      }
    }
  };

  // Lanes of one gap: each as near to where its way comes from as the others and the boxes let it.
  const setLanes = (lanes, own, size) => {
    for (let gap = 0; gap <= own.length; gap++) {
      const passing = lanes.filter((lane) => lane.gap === gap);
      const wish = ({ way, layer }) => heightIn(way, layer - 1);
      passing.sort((a, b) => wish(a) - wish(b) || a.way.right.v - b.way.right.v || a.at - b.at);
      const [above, below] = [own[gap - 1], own[gap]];
      let least = above ? above.v + above.across / 2 + size.lane : -Infinity;
      for (const lane of passing) {
        lane.v = Math.max(wish(lane), least);
        least = lane.v + size.lane;
      }
      let most = below ? below.v - below.across / 2 - size.lane : Infinity;
      for (const lane of passing.toReversed()) {
        lane.v = Math.min(lane.v, most);
        most = lane.v - size.lane;
      }
    }
  };

  // The height at which a way lies in a layer, on that side of it on which it goes on.
  const heightIn = (way, layer) => {
    if (layer === way.left.layer) return way.start.v;
    return layer === way.right.layer ? way.end.v : way.lanes[layer - way.left.layer - 1].v;
  };

  // What one way leaves a channel at, another may enter it at: they would lie on each other.
  const keepApart = (layer, ways) => {
    const passing = ways.filter((way) => !way.isBeside
      && way.left.layer <= layer && layer < way.right.layer);
    for (const way of passing) {
      const leaving = layer + 1 === way.right.layer ? way.end : way.lanes[layer - way.left.layer];
      const isTaken = (v) => passing.some(
        (other) => other !== way && Math.abs(heightIn(other, layer) - v) < 2.5);
      const shift = [0, 3, -3].find((shift) => !isTaken(leaving.v + shift));
      leaving.v += shift ?? 0;
    }
  };

  // Tracks of the channel after a layer: where ways change their height without lying on each other.
  // Of those that lead down the lowest turns first, of those that lead up the highest: so two of
  // them cross only where they must.
  const setTracks = (layer, ways) => {
    const steps = ways
      .filter(({ left, right, isBeside }) =>
        left.layer === layer || (!isBeside && left.layer < layer && layer < right.layer))
      .map((way) => {
        const [a, b] = [heightIn(way, layer), way.isBeside ? way.end.v : heightIn(way, layer + 1)];
        return { at: way.at, way, a, b, low: Math.min(a, b), high: Math.max(a, b) };
      })
      .filter((step) => step.a !== step.b);
    const rank = (step) => {
      if (step.way.isBeside) return [0, step.high - step.low];
      return step.b > step.a ? [1, -step.a] : [2, step.a];
    };
    steps.sort((x, y) => rank(x)[0] - rank(y)[0] || rank(x)[1] - rank(y)[1] || x.at - y.at);
    const tracks = [];
    for (const step of steps) {
      const meets = (other) => step.low < other.high + 4 && other.low < step.high + 4;
      const free = tracks.findIndex((taken) => !taken.some(meets));
      const track = free < 0 ? tracks.push([]) - 1 : free;
      tracks[track].push(step);
      step.way.tracks.set(layer, track);
    }
    return tracks.length;
  };

  // The corners of a way, from its source to its target.
  const corners = (way, starts, size) => {
    const turn = (layer) => starts[layer] + (way.tracks.get(layer) + 0.5) * size.track;
    const points = [{ u: way.left.u + size.along / 2, v: way.start.v }];
    const last = way.isBeside ? way.left.layer : way.right.layer - 1;
    for (let layer = way.left.layer; layer <= last; layer++) {
      if (!way.tracks.has(layer)) continue;
      const leaving = way.isBeside ? way.end.v : heightIn(way, layer + 1);
      points.push({ u: turn(layer), v: heightIn(way, layer) }, { u: turn(layer), v: leaving });
    }
    const side = way.isBeside ? 1 : -1;
    points.push({ u: way.right.u + side * size.along / 2, v: way.end.v });
    return way.isBack ? points.reverse() : points;
  };

  // `spots` are the middles of the boxes, `edges` pairs of their places. `size`: the extent of a box
  // `along` u and at least `across` it, between boxes of a layer at least `apart`, between two
  // `port`s, `lane`s and `track`s, beside a box free of tracks `clear`, and before each layer the room
  // for what is written at its edges, `text`.
  return (spots, edges, size) => {
    const boxes = spots.map((spot, at) => ({ at, u: spot.u, v: spot.v }));
    const layers = layered(boxes);
    const ways = laidOut(boxes, edges);
    ways.forEach((way) => takeLanes(way, layers, size));
    const lanes = layers.map((_, layer) =>
      ways.flatMap((way) => way.lanes).filter((lane) => lane.layer === layer));
    listEnds(boxes, ways);
    layers.forEach((own, layer) => makeRoom(own, lanes[layer], size));
    setPorts(boxes, size);
    const starts = [];
    let u = 0;
    ways.forEach((way) => { way.tracks = new Map(); });
    layers.forEach((own, layer) => {
      own.forEach((box) => { box.u = u; });
      if (layer + 1 < layers.length) setLanes(lanes[layer + 1], layers[layer + 1], size);
      keepApart(layer, ways);
      const tracks = setTracks(layer, ways);
      starts.push(u + size.along / 2 + size.clear);
      u += size.along + 2 * size.clear + tracks * size.track + size.text;
    });
    return {
      boxes: boxes.map(({ u, v, across }) => ({ u, v, across })),
      ways: ways.map((way) => corners(way, starts, size)),
    };
  };
})();
