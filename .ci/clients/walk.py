"""From the month to the year, with a client made from the OpenAPI document."""

import datetime
import sys
from typing import TypeVar

from crossgrade_client import AuthenticatedClient
from crossgrade_client.api.catalogue import get_tag, put_offer, put_product, put_tag
from crossgrade_client.api.checkouts import complete_checkout, open_checkout
from crossgrade_client.api.merchant import put_settings
from crossgrade_client.api.paths import put_path
from crossgrade_client.api.subscriptions import list_subscriptions
from crossgrade_client.api.test_clock import advance_clock
from crossgrade_client.models import (
    AdvanceBody, Advanced, Checkout, CheckoutMode, CheckoutPayment, CompleteBody, Money,
    NewCheckout, Offer, OfferBody, Path, PathBody, Problem, Product, ProductBody, ProductKind,
    Settings, SettingsBody, SubscriptionList, SubscriptionStatus, Tag, TagBody, Transition,
)

T = TypeVar("T")


def expect(kind: type[T], answer: object) -> T:
    assert isinstance(answer, kind), answer
    return answer


client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])


def advance(to: str) -> None:
    expect(Advanced, advance_clock.sync(client=client, body=AdvanceBody(to=to)))


def buy(offer: str) -> Checkout:
    new = NewCheckout(customer="ada", offer=offer)
    shown = expect(Checkout, open_checkout.sync(client=client, body=new))
    body = CompleteBody()
    if shown.amount_due.amount != "0.00":
        body.payment = CheckoutPayment(reference="psp-1", amount=shown.amount_due)
    expect(Checkout, complete_checkout.sync(shown.id, client=client, body=body))
    return shown


settings = SettingsBody(time_zone="Europe/Berlin", locale="en", currency="EUR")
expect(Settings, put_settings.sync(client=client, body=settings))
for tag in ("month", "year"):
    expect(Tag, put_tag.sync(tag, client=client, body=TagBody(title=tag)))
paper = ProductBody(title="The Paper", kind=ProductKind.DIGITAL)
expect(Product, put_product.sync("paper", client=client, body=paper))
for offer, amount, period in (("month", "9.90", "P1M"), ("year", "99.00", "P1Y")):
    price = Money(amount=amount, currency="EUR")
    sold = OfferBody(title=offer, products=["paper"], price=price, billing_period=period, tags=[offer])
    expect(Offer, put_offer.sync(offer, client=client, body=sold))
up = PathBody(
    internal_title="Month to year",
    title="Change to {offerTitle}",
    description="We will carry out the change at {nextPayment}.",
    source_tags=["month"],
    target_tags=["year"],
    transition=Transition.NEXT_BOOKING,
)
expect(Path, put_path.sync("month-to-year", client=client, body=up))

assert buy("month").mode == CheckoutMode.NEW
advance("2026-02-10")
seen = buy("year")
assert (seen.mode, seen.transition) == (CheckoutMode.REPLACE, Transition.NEXT_BOOKING), seen
assert seen.effective_on == datetime.date(2026, 2, 28), seen.effective_on
advance("2026-02-28")
found = list_subscriptions.sync(client=client, customer="ada", status=SubscriptionStatus.ACTIVE)
active = expect(SubscriptionList, found)
assert [one.offer for one in active.data] == ["year"], active
refused = expect(Problem, get_tag.sync("nope", client=client))
assert refused.code == "not-found", refused
print("Python: ok")
