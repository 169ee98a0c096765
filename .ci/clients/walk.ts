// From the month to the year, with a client made from the OpenAPI document.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Checkout = components["schemas"]["Checkout"];

const [url, key] = process.argv.slice(2);
if (url === undefined || key === undefined) throw new Error("usage: walk URL KEY");
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });

function got<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

function same(seen: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

async function buy(offer: string): Promise<Checkout> {
  const body = { customer: "ada", offer, metadata: { order: 4711 } };
  const shown = got(await client.POST("/v1/checkouts", { body }));
  const due = shown.amount_due;
  const payment = due.amount === "0.00" ? {} : { payment: { reference: "psp-1", amount: due } };
  const params = { path: { id: shown.id } };
  got(await client.POST("/v1/checkouts/{id}/complete", { params, body: payment }));
  return shown;
}

const settings = { time_zone: "Europe/Berlin", locale: "en", currency: "EUR" };
got(await client.PUT("/v1/settings", { body: settings }));
for (const id of ["month", "year"]) {
  got(await client.PUT("/v1/tags/{id}", { params: { path: { id } }, body: { title: id } }));
}
const paper = { title: "The Paper", kind: "digital" } as const;
got(await client.PUT("/v1/products/{id}", { params: { path: { id: "paper" } }, body: paper }));
for (const [id, amount, period] of [["month", "9.90", "P1M"], ["year", "99.00", "P1Y"]] as const) {
  const price = { amount, currency: "EUR" };
  const body = { title: id, products: ["paper"], price, billing_period: period, tags: [id] };
  got(await client.PUT("/v1/offers/{id}", { params: { path: { id } }, body }));
}
const path = {
  internal_title: "Month to year",
  title: "Change to {offerTitle}",
  description: "We will carry out the change at {nextPayment}.",
  source_tags: ["month"],
  target_tags: ["year"],
  transition: "next_booking",
} as const;
const up = { ...path, source_tags: [...path.source_tags], target_tags: [...path.target_tags] };
got(await client.PUT("/v1/paths/{id}", { params: { path: { id: "month-to-year" } }, body: up }));

same((await buy("month")).mode, "new");
got(await client.POST("/v1/test-clock/advance", { body: { to: "2026-02-10" } }));
const seen = await buy("year");
same([seen.mode, seen.transition, seen.effective_on], ["replace", "next_booking", "2026-02-28"]);
same(seen.confirmation?.text, "We will carry out the change at February 28, 2026.");
got(await client.POST("/v1/test-clock/advance", { body: { to: "2026-02-28" } }));
const query = { customer: "ada", status: "active" } as const;
const active = got(await client.GET("/v1/subscriptions", { params: { query } }));
same(active.data.map((one) => one.offer), ["year"]);
const refused = await client.GET("/v1/tags/{id}", { params: { path: { id: "nope" } } });
same(refused.error?.code, "not-found");
console.log("TypeScript: ok");
