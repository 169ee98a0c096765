//! Campaigns: what is offered after an order.

use serde_json::Value;

use crate::app::AppError;
use crate::app::campaign_trial::CampaignTrial;
use crate::app::reads::Page;
use crate::domain::campaign::{Campaign, Offered};
use crate::domain::ids::CampaignId;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{EditableDefinition, Noun, TRY, draft, wrong};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::picks::{picks_as_lines, picks_of_lines};
use crate::pages::backend::places::CAMPAIGNS;
use crate::pages::backend::rule_forms::{
    ACTIVE, CURRENCY, FROM, UNTIL, currency, read_amounts, write_amounts,
};
use crate::pages::backend::rule_insight::insight;
use crate::pages::backend::session::Session;
use crate::pages::backend::{rule_reports, why_not};
use crate::render::backend::catalogue::{Cell, Section, Trial};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::campaign_warnings::CampaignDoing;
use crate::wire::definitions::Published;

const NOUN: Noun = Noun {
    one: "campaign",
    many: "Campaigns",
    group: ("Selling", 2),
    here: CAMPAIGNS,
    about: "What is offered after an order: one thing, once. They stand in the order in which they \
            are asked: of those that fit, the first wins.",
    add: "+ Add campaign",
    headings: ["Add a campaign", "Edit campaign"],
    search: "Search campaigns",
    warning: "Orders keep what was offered in them.",
    more: &[why_not::OF_RULE, rule_reports::OF_CAMPAIGN],
};

/// For how many days a list counts, today among them.
const DAYS_COUNTED: u64 = 30;

const TRY_IT: &str = "Try it on the last 1,000 orders";

const A_LINE_EACH: &str = "One a line.";

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("Customers do not see it.").required(),
    ACTIVE,
    FROM,
    UNTIL,
    Spec::new("/channels", "Channels", Kind::Lines)
        .hint("One a line; without any it runs nowhere."),
    Spec::new("/triggers", "Triggers", Kind::Lines)
        .hint("One a line: a product, or such as brand: Acme, tag: sale, offer: month."),
    Spec::new("/min_net", "Least net value", Kind::Text),
    Spec::new("/max_net", "Greatest net value", Kind::Text),
    CURRENCY,
    Spec::new("/customer_groups", "Customer groups", Kind::Lines).hint(A_LINE_EACH),
    Spec::new("/countries", "Shipping countries", Kind::Lines).hint("One a line, such as DE."),
    Spec::new("/payment_methods", "Payment methods", Kind::Lines).hint(A_LINE_EACH),
    Spec::new("/excluded_products", "Excluded products", Kind::Lines).hint(A_LINE_EACH),
    Spec::new("/offered_product", "Offered product", Kind::Text).hint("This, or an offer."),
    Spec::new("/offered_offer", "Offered offer", Kind::Text),
    Spec::new("/quantity", "Quantity", Kind::Number).required(),
    Spec::new("/discount/percent", "Discount in percent", Kind::Text).hint("Off a product."),
    Spec::new("/discount/amount", "Discount", Kind::Text).hint("An amount instead."),
    Spec::new("/stock_policy", "Stock", Kind::Choice).required(),
    Spec::new("/shipping_policy", "Shipping", Kind::Choice).required(),
    Spec::new("/priority", "Priority", Kind::Number).hint("The highest wins.").required(),
];

/// What of it is an amount, and what a percentage.
const AMOUNTS: &[&str] = &["/min_net", "/max_net", "/discount/amount"];
const PERCENTS: &[&str] = &["/discount/percent"];

impl EditableDefinition for Campaign {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] = &[
        ("Priority", true),
        ("Offers", false),
        ("Channels", false),
        ("State", false),
        ("Shown in 30 days", true),
        ("Accepted", true),
        ("Revenue", true),
    ];
    const IS_TRIED: bool = true;

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn listed(session: &Session, page: Page) -> Result<Vec<Self>, AppError> {
        session.app.ranked_campaigns(&session.merchant, page).await
    }

    async fn cells(session: &Session, campaigns: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let ids = campaigns.iter().map(|campaign| campaign.id.clone()).collect();
        let mut figures =
            session.app.campaign_figures(&session.merchant, ids, DAYS_COUNTED - 1).await?;
        let mut figures_of = |campaign: &Self| {
            let Some(of) = figures.remove(&campaign.id) else {
                return ["0", "0", ""].map(Cell::number);
            };
            let sums: Vec<String> = of.revenue.iter().map(|it| session.money(*it)).collect();
            let sums = sums.join(", ");
            let revenue = if of.is_all { sums.into() } else { phrase!("at least {}", sums) };
            [of.shown.into(), of.accepted.into(), revenue].map(Cell::number)
        };
        let doing = session.app.doing_of_campaigns(&session.merchant, campaigns).await?;
        let mut cells = |(campaign, doing): (&Self, CampaignDoing)| {
            let offered = match &campaign.offered {
                Offered::Product(id) => id.to_string(),
                Offered::Offer(id) => id.to_string(),
            };
            let channels: Vec<&str> = campaign.channels.iter().map(String::as_str).collect();
            let told = [
                Cell::number(campaign.priority.to_string()),
                Cell::text(offered),
                Cell::text(channels.join(", ")),
                Cell::badge(badge(session, doing)),
            ];
            told.into_iter().chain(figures_of(campaign)).collect()
        };
        Ok(campaigns.iter().zip(doing).map(&mut cells).collect())
    }

    fn blank(session: &Session) -> FormValues {
        FormValues::default()
            .by(session.notation())
            .with("/active", "true")
            .with("/quantity", "1")
            .with("/stock_policy", "in_stock")
            .with("/shipping_policy", "ships_to")
            .with("/priority", "0")
    }

    fn values(&self, notation: Notation) -> FormValues {
        let said = self.said();
        let triggers = picks_as_lines(&said, "/triggers");
        let values = FormValues::of(FIELDS, &said, notation).with("/triggers", triggers);
        write_amounts(values, &[AMOUNTS, PERCENTS].concat())
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        let (mut body, mut faults) = values.read_all(FIELDS);
        let hand = (values.notation(), currency(values));
        read_amounts(&mut body, &mut faults, hand, (AMOUNTS, PERCENTS));
        if let Some(triggers) = body.pointer_mut("/triggers") {
            *triggers = picks_of_lines(values.text("/triggers"));
        }
        (body, faults)
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let stock = [("in_stock", "offered while there is enough"), ("always", "always offered")];
        let shipping = [("ships_to", "offered where it ships to"), ("always", "always offered")];
        let (told, wrong) = match trial(session, place, values).await? {
            Ok(told) => (told, None),
            Err(wrong) => (None, Some(wrong)),
        };
        let problem = problem.or(wrong.as_ref());
        let mut form = form(FIELDS, values, problem)
            .with_options("stock_policy", stock)
            .with_options("shipping_policy", shipping);
        let naming = naming(place, values, problem, &mut form);
        let first = ["title", "active", "valid_from", "valid_until", "channels"];
        let mut when = Section::of(&mut form, "When", &first);
        when.fields.extend(naming);
        let whom = [
            "triggers",
            "excluded_products",
            "min_net",
            "max_net",
            "currency",
            "customer_groups",
            "countries",
            "payment_methods",
        ];
        let what = [
            "offered_product",
            "offered_offer",
            "quantity",
            "discount_percent",
            "discount_amount",
            "stock_policy",
            "shipping_policy",
        ];
        let sections = vec![
            when,
            Section::of(&mut form, "For which orders", &whom),
            Section::of(&mut form, "What", &what),
            Section::of(&mut form, "Rank", &["priority"]),
        ];
        let trial = Trial { button: TRY_IT, told };
        let beside = (Some(trial), insight::<Self>(session, place, values).await?);
        NOUN.tried(session, place, (form, sections), beside, problem)
    }
}

/// What a campaign is doing, in a word.
fn badge(session: &Session, doing: CampaignDoing) -> Badge {
    match doing {
        CampaignDoing::Inactive => Badge::new(Tone::Plain, "inactive"),
        CampaignDoing::Over => Badge::new(Tone::Plain, "over"),
        CampaignDoing::Planned(from) => {
            Badge::new(Tone::Plain, phrase!("planned from {}", session.day(from).text))
        }
        CampaignDoing::Nowhere => Badge::new(Tone::Warn, "on no channel"),
        CampaignDoing::Shadowed => Badge::new(Tone::Warn, "shadowed"),
        CampaignDoing::SoldOut => Badge::new(Tone::Warn, "sold out"),
        CampaignDoing::Live => Badge::new(Tone::Good, "live"),
    }
}

/// How what is typed would fare with the last orders, where that is asked; or what is wrong.
async fn trial(
    session: &Session,
    place: &str,
    values: &FormValues,
) -> Result<Result<Option<Phrase>, Problem>, Failure> {
    if values.text(TRY).is_empty() {
        return Ok(Ok(None));
    }
    let sent = match draft::<Campaign>(values) {
        Ok(sent) => sent,
        Err(problem) => return Ok(Err(problem)),
    };
    let id = CampaignId::stored(place.to_owned());
    match session.app.judge::<Campaign>(&session.merchant, id, sent).await {
        Ok(campaign) => {
            let trial = session.app.try_campaign(&session.merchant, campaign).await?;
            Ok(Ok(Some(in_words(trial))))
        }
        Err(error) => wrong(error.into()).map(Err),
    }
}

fn in_words(trial: CampaignTrial) -> Phrase {
    let CampaignTrial { orders, before, now } = trial;
    let told = match (orders, before) {
        (0, _) => return "There is no order yet to try it on.".into(),
        (1, None) => phrase!("Of the only order it would win {}.", now),
        (_, None) => phrase!("Of the last {} orders it would win {}.", orders, now),
        (1, Some(before)) => {
            phrase!("Of the only order it would have won {}, now {}.", before, now)
        }
        (_, Some(before)) => {
            phrase!("Of the last {} orders it would have won {}, now {}.", orders, before, now)
        }
    };
    phrase!("{} What is left of products is not looked at.", told)
}
