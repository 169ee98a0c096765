//! What the demo's customers did, through the same door as everybody else.

use crate::app::automations::AutomationTurn;
use crate::app::bring_over::{BringOverDraft, BroughtOverInvoice};
use crate::app::checkouts::{CheckoutDraft, Completion};
use crate::app::test_clock::ClockTarget;
use crate::app::{App, AppError};
use crate::cli::catalogue;
use crate::cli::error::CliError;
use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::{AutomationId, CustomerId, MerchantId, OfferId, SubscriptionId};
use crate::domain::money::{Currency, Money};
use crate::rules::subscriptions::Cancellation;
use crate::store::Page;
use crate::store::subscriptions::SubscriptionFilter;
use crate::wire;

/// What writes to customers.
const AUTOMATIONS: [&str; 2] = ["after-the-first-month", "won-back"];

const CATALOGUE: &str = include_str!("../../../templates/demo/catalogue.yaml");

/// What there is to look at.
pub(super) struct StoryTold {
    /// Each customer and what became of them.
    pub(super) customers: Vec<(&'static str, &'static str)>,
    /// Open checkouts: what each does, and its page.
    pub(super) checkouts: Vec<(&'static str, String)>,
}

/// Lets the story happen, from the day on which the clock stands to the tenth of the next month.
pub(super) async fn tell(app: &App, merchant: &MerchantId) -> Result<StoryTold, CliError> {
    let read = catalogue::read(CATALOGUE)?;
    if let Some(fault) = read.faults.into_iter().next() {
        return Err(AppError::Invalid(vec![fault]).into());
    }
    let mut draft = read.draft;
    // The demo's shop is where its checkouts lead back to.
    if let Some((_, settings)) = &mut draft.settings {
        settings.return_origins = vec![app.public_url().to_owned()];
    }
    app.import(merchant, draft, |_| ()).await?;
    let story = Story { app, merchant };
    story.begin().await?;
    story.go_on().await?;
    // From now on: nobody is written to about what they did before.
    for automation in AUTOMATIONS {
        let id = AutomationId::parse(automation).map_err(AppError::from)?;
        app.turn_automation(merchant, &id, AutomationTurn::Live).await?;
    }
    Ok(StoryTold {
        customers: vec![
            ("ada", "reads by the month, and thinks about a year"),
            ("ben", "reads by the year, and thinks about going back to the month"),
            ("carla", "reads by the month and has cancelled; a cheaper year may win her back"),
            ("dora", "reads by the month and has added the archive, which is booked with it"),
            ("erik", "pays his year monthly; it becomes a month when its term ends"),
            ("fay", "reads by the month; it becomes a year on 28 February"),
            ("gus", "was brought over: his old contract costs less than today's"),
            ("ina", "reads by the month, and would like more at once"),
            ("jon", "reads by the month, and may add the Sunday edition or switch to it"),
        ],
        checkouts: vec![
            ("ada changes from Month to Year", story.page("ada", "year").await?),
            ("ben changes from Year to Month", story.page("ben", "month").await?),
            ("carla is won back with Year Churn", story.page("carla", "year-churn").await?),
            ("ina goes up to Premium at once", story.page("ina", "premium").await?),
            ("jon keeps Month or switches", story.page("jon", "sunday").await?),
            ("hugo, who is new, buys Month", story.page("hugo", "month").await?),
        ],
    })
}

struct Story<'a> {
    app: &'a App,
    merchant: &'a MerchantId,
}

impl Story<'_> {
    /// The first day: everybody buys.
    async fn begin(&self) -> Result<(), CliError> {
        for customer in ["ada", "carla", "dora", "fay", "ina", "jon"] {
            self.buy(customer, "month").await?;
        }
        self.buy("ben", "year").await?;
        self.buy("erik", "year-monthly").await?;
        self.bring_over_gus().await
    }

    /// The days after.
    async fn go_on(&self) -> Result<(), CliError> {
        self.advance("2026-02-03").await?;
        self.buy("dora", "archive").await?;
        self.advance("2026-02-05").await?;
        self.cancel("carla").await?;
        self.advance("2026-02-08").await?;
        self.buy("fay", "year").await?;
        self.buy("erik", "month").await?;
        self.advance("2026-02-10").await
    }

    async fn advance(&self, to: &str) -> Result<(), CliError> {
        let moment = ClockTarget::parse(to);
        let moment = moment.ok_or_else(|| CliError::Failed(format!("'{to}' is no date")))?;
        self.app.advance(self.merchant, moment).await?;
        Ok(())
    }

    /// The page of a new checkout.
    async fn page(&self, customer: &str, offer: &str) -> Result<String, CliError> {
        Ok(self.open(customer, offer).await?.url.unwrap_or_default())
    }

    async fn open(
        &self,
        customer: &str,
        offer: &str,
    ) -> Result<wire::checkouts::Checkout, CliError> {
        let draft = CheckoutDraft {
            request: CheckoutRequest::plain(
                CustomerId::parse(customer).map_err(AppError::from)?,
                OfferId::parse(offer).map_err(AppError::from)?,
            ),
            locale: None,
            metadata: None,
            return_url: Some(format!("{}/demo", self.app.public_url())),
        };
        Ok(self.app.open_checkout(self.merchant, draft).await?)
    }

    /// Opens a checkout, completes it, and pays what is due.
    async fn buy(&self, customer: &str, offer: &str) -> Result<(), CliError> {
        let checkout = self.open(customer, offer).await?;
        let id = crate::domain::ids::CheckoutId::parse(&checkout.id).map_err(AppError::from)?;
        let due = money(&checkout.amount_due.amount, &checkout.amount_due.currency)?;
        let payment = (due.minor > 0).then(|| (format!("demo-{customer}-{offer}"), due));
        let completion = Completion { payment, ..Completion::default() };
        self.app.complete_checkout(self.merchant, &id, completion).await?;
        Ok(())
    }

    async fn cancel(&self, customer: &str) -> Result<(), CliError> {
        let filter = SubscriptionFilter {
            customer: Some(CustomerId::parse(customer).map_err(AppError::from)?),
            ..SubscriptionFilter::default()
        };
        let page = Page::first(10);
        for found in self.app.subscriptions(self.merchant, filter, page).await? {
            let id: &SubscriptionId = &found.subscription.id;
            self.app.cancel_subscription(self.merchant, id, Cancellation::default()).await?;
        }
        Ok(())
    }

    async fn bring_over_gus(&self) -> Result<(), CliError> {
        let on =
            |text: &str| text.parse().map_err(|_| CliError::Failed(format!("'{text}' is no date")));
        let price = money("89.00", "EUR")?;
        let draft = BringOverDraft {
            customer: CustomerId::parse("gus").map_err(AppError::from)?,
            offer: OfferId::parse("year").map_err(AppError::from)?,
            id: Some(SubscriptionId::parse("old-1174").map_err(AppError::from)?),
            parent: None,
            price: Some(price),
            started_on: on("2023-05-01")?,
            current_period: None,
            current_term: None,
            cancel_on: None,
            brought_over: Some(BroughtOverInvoice {
                gross: price,
                paid: true,
                number: Some("R-2025-0815".to_owned()),
            }),
        };
        self.app.bring_over(self.merchant, draft).await?;
        Ok(())
    }
}

fn money(amount: &str, currency: &str) -> Result<Money, CliError> {
    let parsed = Currency::parse(currency).and_then(|currency| Money::parse(amount, currency));
    parsed.map_err(|error| CliError::Failed(error.to_string()))
}
