//! The picture of the offer graph: what crosses what, and how fingers move it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Page, demo_as_started, journey};
use crate::world::{World, offer_of, path_of};

/// What is drawn, asked of the library that draws it, in hundredths: boxes by their edges, and
/// edges as the places of their two boxes with the corners of their way.
const DRAWN: &str = "\
    const drawn = document.querySelector('[data-graph]')._cyreg.cy; \
    const places = new Map(drawn.nodes().map((node, at) => [node.id(), at])); \
    const whole = (number) => Math.round(100 * number); \
    const boxes = drawn.nodes().map((node) => { \
      const [{x, y}, wide, high] = [node.position(), node.outerWidth(), node.outerHeight()]; \
      return [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2].map(whole); }); \
    const ways = drawn.edges().map((edge) => [ \
      places.get(edge.source().id()), places.get(edge.target().id()), \
      [edge.sourceEndpoint(), ...(edge.segmentPoints() ?? []), edge.targetEndpoint()] \
        .map(({x, y}) => [whole(x), whole(y)])]); \
    return [boxes, ways];";

/// Graphs at random, each of one transition: of so many offers and so many edges.
const GRAPHS: [(&str, u64, u64); 4] = [
    ("next_booking", 40, 120),
    ("immediate", 30, 60),
    ("end_of_term", 12, 40),
    ("immediate_next_booking", 20, 20),
];

/// In hundredths of a unit of the picture.
type Point = (i64, i64);

/// Left, top, right and bottom.
type Box = (i64, i64, i64, i64);

/// A box made smaller on all sides, or larger.
fn inset((left, top, right, bottom): Box, by: i64) -> Box {
    (left + by, top + by, right - by, bottom - by)
}

/// Whether a line from one point to another has something in common with a box: it is not beside
/// it, and does not leave all its corners on one side.
fn meets(from: Point, to: Point, (left, top, right, bottom): Box) -> bool {
    let is_beside = from.0.max(to.0) < left
        || from.0.min(to.0) > right
        || from.1.max(to.1) < top
        || from.1.min(to.1) > bottom;
    let side =
        |(x, y): Point| ((to.0 - from.0) * (y - from.1) - (to.1 - from.1) * (x - from.0)).signum();
    let corners = [(left, top), (right, top), (left, bottom), (right, bottom)];
    let sides = corners.map(side);
    !is_beside && sides.iter().any(|at| *at >= 0) && sides.iter().any(|at| *at <= 0)
}

/// A picture: its boxes, and its edges as source, target and corners.
struct Picture {
    boxes: Vec<Box>,
    edges: Vec<(usize, usize, Vec<Point>)>,
}

impl Picture {
    fn of(drawn: Value) -> Self {
        let (boxes, edges) = serde_json::from_value(drawn).unwrap();
        Self { boxes, edges }
    }

    /// The same with straight lines from box to box.
    fn straightened(&self) -> Self {
        let middle = |place: usize| {
            let (left, top, right, bottom) = self.boxes[place];
            (i64::midpoint(left, right), i64::midpoint(top, bottom))
        };
        let straight = |&(source, target, _): &(usize, usize, Vec<Point>)| {
            (source, target, vec![middle(source), middle(target)])
        };
        Self { boxes: self.boxes.clone(), edges: self.edges.iter().map(straight).collect() }
    }

    /// Edges with boxes that they cross: others, which they may not even touch, and their own, at
    /// whose side they end.
    fn crossings(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (edge, (source, target, way)) in self.edges.iter().enumerate() {
            for (place, outline) in self.boxes.iter().enumerate() {
                let is_own = place == *source || place == *target;
                let outline = inset(*outline, if is_own { 200 } else { -200 });
                if way.windows(2).any(|line| meets(line[0], line[1], outline)) {
                    found.push((edge, place));
                }
            }
        }
        found
    }

    /// Pairs of boxes that lie on each other.
    fn overlaps(&self) -> usize {
        let of = |a: &Box, b: &Box| a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3;
        let with = |at: usize| self.boxes[..at].iter().filter(move |b| of(&self.boxes[at], b));
        (0..self.boxes.len()).map(|at| with(at).count()).sum()
    }
}

/// The picture that is open.
async fn drawn(page: &Page) -> Picture {
    page.see("[data-drawn]").await;
    Picture::of(page.client.execute(DRAWN, Vec::new()).await.unwrap())
}

/// Opens the graph on a phone and at a desk: no edge crosses a box, and it is drawn the same again.
/// Returns how many boxes straight lines would cross.
async fn is_clear(page: &Page, address: &str) -> usize {
    let mut straight = 0;
    for is_phone in [true, false] {
        if is_phone {
            page.on_phone().await;
        } else {
            page.at_desk().await;
        }
        page.open(address).await;
        let picture = drawn(page).await;
        let name = format!("{address} on a phone: {is_phone}");
        assert_eq!(picture.crossings(), [], "{name}");
        assert_eq!(picture.overlaps(), 0, "{name}");
        for (source, target, way) in &picture.edges {
            for (end, place) in [(way[0], *source), (way[way.len() - 1], *target)] {
                let (left, top, right, bottom) = inset(picture.boxes[place], -900);
                let is_at_it = left <= end.0 && end.0 <= right && top <= end.1 && end.1 <= bottom;
                assert!(is_at_it, "{name}: {end:?} is not at {:?}", picture.boxes[place]);
            }
        }
        page.open(address).await;
        assert_eq!(drawn(page).await.edges, picture.edges, "{name}: drawn differently again");
        straight += picture
            .straightened()
            .crossings()
            .iter()
            .filter(|(edge, place)| {
                let (source, target, _) = &picture.edges[*edge];
                place != source && place != target
            })
            .count();
    }
    straight
}

#[test]
fn no_edge_crosses_a_box_that_it_does_not_belong_to() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.delete("/v1/paths/month-to-year").await.expect(204);
        for n in 0..40 {
            let id = format!("o{n:02}");
            world.put(&format!("/v1/tags/{id}"), json!({"title": id})).await.expect(201);
            let price = format!("{}.90", 5 + 7 * n % 40);
            world.put(&format!("/v1/offers/{id}"), offer_of(&id, &price, "P1M")).await.expect(201);
        }
        let mut state: u64 = 20_260_210;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        for (transition, offers, edges) in GRAPHS {
            for n in 0..edges {
                let source = draw(offers);
                let target = (source + 1 + draw(offers - 1)) % offers;
                let mut path = path_of(transition);
                path["source_tags"] = json!([format!("o{source:02}")]);
                path["target_tags"] = json!([format!("o{target:02}")]);
                path["title"] = json!("x");
                path["description"] = json!("");
                let id = format!("/v1/paths/{}-{n}", transition.replace('_', "-"));
                world.put(&id, path).await.expect(201);
            }
        }
        page.sign_in().await;
        let mut straight = 0;
        for (transition, ..) in GRAPHS {
            straight += is_clear(page, &format!("/backend/graph?transition={transition}")).await;
        }
        straight += is_clear(page, "/backend/graph?tag=o07").await;
        assert!(straight > 100, "straight lines cross {straight} boxes, so it is a feat");
        page.is_fine("graph-of-120-edges").await;
    });
}

#[test]
fn the_graph_of_the_demo_can_be_read_without_guessing() {
    demo_as_started(async |page: &Page| {
        page.open("/demo").await;
        page.go("form[action='/demo/backend'] button").await;
        assert!(is_clear(page, "/backend/graph").await > 0, "there is something to go around");
        page.is_fine("graph-of-the-demo").await;
    });
}

#[test]
fn a_finger_scrolls_the_page_and_two_zoom_the_picture() {
    const STATE: &str = "\
        const drawn = document.querySelector('[data-graph]')._cyreg.cy; \
        return [scrollY, drawn.pan().x, drawn.pan().y, 100 * drawn.zoom()].map(Math.round);";
    demo_as_started(async |page: &Page| {
        page.open("/demo").await;
        page.go("form[action='/demo/backend'] button").await;
        page.on_phone().await;
        page.open("/backend/graph").await;
        page.see("[data-drawn]").await;
        // Once nothing moves any more.
        let look = async || -> [i64; 4] {
            let mut before = Value::Null;
            for _ in 0..100 {
                let state = page.client.execute(STATE, Vec::new()).await.unwrap();
                if state == before {
                    break;
                }
                before = state;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            serde_json::from_value(before).unwrap()
        };
        let middle = "const place = document.querySelector('[data-graph]'); \
                      place.scrollIntoView({block: 'center'}); \
                      const {left, top, width, height} = place.getBoundingClientRect(); \
                      return [left + width / 2, top + height / 2].map(Math.round);";
        let middle = page.client.execute(middle, Vec::new()).await.unwrap();
        let [x, y]: [i64; 2] = serde_json::from_value(middle).unwrap();
        let before = look().await;
        page.swipe((x, y), (0, 150)).await;
        let scrolled = look().await;
        assert!(scrolled[0] + 50 < before[0], "{before:?} {scrolled:?}");
        assert_eq!(scrolled[1..], before[1..], "the picture stands while the page scrolls");
        page.swipe((x, y + 60), (80, 0)).await;
        let moved = look().await;
        assert!(moved[1] > scrolled[1] + 30, "{scrolled:?} {moved:?}");
        assert_eq!((moved[0], moved[3]), (scrolled[0], scrolled[3]));
        page.pinch((x, y + 60), (40, 100)).await;
        let zoomed = look().await;
        assert!(10 * zoomed[3] > 18 * moved[3], "{moved:?} {zoomed:?}");
        assert_eq!(zoomed[0], moved[0], "the page stands while the picture is zoomed");
        assert_eq!(page.path().await, "/backend/graph", "nothing was tapped");
    });
}
