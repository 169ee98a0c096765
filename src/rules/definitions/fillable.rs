//! Which variables the messages of an automation can show. Asked when the automation is saved, and
//! when a template that it sends is.

use crate::domain::automation::{AutomationTerms, Step, StepText, Trigger};
use crate::domain::ids::MessageTemplateId;
use crate::domain::text::MessageVariable;

/// What an automation can fill.
#[derive(Clone, Copy)]
pub(super) struct AvailableVariables {
    /// What starts it.
    pub(super) trigger: Trigger,
    /// Whether each customer has a coupon.
    pub(super) has_coupon: bool,
}

impl AvailableVariables {
    /// Why a message of a step cannot show a variable; none where it can.
    pub(super) fn lacks(self, variable: MessageVariable, step: &Step) -> Option<&'static str> {
        match variable {
            MessageVariable::CouponCode | MessageVariable::CouponValidUntil => {
                (!self.has_coupon).then_some("the automation has no coupon")
            }
            MessageVariable::Link if !step.has_link() => Some("the step has no link"),
            MessageVariable::SubscriptionTitle | MessageVariable::NextPayment => (self.trigger
                == Trigger::FirstOrderDelivered)
                .then_some("an order starts the automation, not a subscription"),
            MessageVariable::CustomerName
            | MessageVariable::ProductTitle
            | MessageVariable::Link
            | MessageVariable::UnsubscribeLink => None,
        }
    }
}

/// Why the messages of an automation that are made of a template could not show a variable.
pub(super) fn lacking(
    terms: &AutomationTerms,
    template: &MessageTemplateId,
    variable: MessageVariable,
) -> Option<&'static str> {
    let can = AvailableVariables { trigger: terms.trigger, has_coupon: terms.coupon.is_some() };
    let is_sent = |step: &&Step| matches!(&step.says, StepText::Named(id) if id == template);
    terms.steps.iter().filter(is_sent).find_map(|step| can.lacks(variable, step))
}
