//! What the customers of a page are called: asked for all of them in one question, once the rows
//! are there.

use crate::app::reads::StoredCustomer;
use crate::domain::ids::CustomerId;
use crate::pages::backend::answer::Failure;
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::session::Session;
use crate::render::backend::parts::Person;

/// Gives these people their names; who has none is called by their mail address, or by their id.
///
/// # Errors
/// Only where the engine or its database fails.
pub(super) async fn name<'a>(
    session: &Session,
    people: impl IntoIterator<Item = &'a mut Person>,
) -> Result<(), Failure> {
    let people: Vec<&mut Person> = people.into_iter().collect();
    if people.is_empty() {
        return Ok(());
    }
    let ids = people.iter().map(|person| CustomerId::stored(person.id.clone())).collect();
    let names = session.app.names_of(&session.merchant, ids).await?;
    for person in people {
        if let Some(name) = names.get(&CustomerId::stored(person.id.clone())) {
            person.name = on_a_line(name);
        }
    }
    Ok(())
}

/// One of them.
///
/// # Errors
/// As [`name`].
pub(super) async fn person(session: &Session, id: &CustomerId) -> Result<Person, Failure> {
    let mut person = Person::of(id);
    name(session, [&mut person]).await?;
    Ok(person)
}

/// Somebody who was looked up already.
pub(super) fn known(customer: &StoredCustomer) -> Person {
    let profile = &customer.profile;
    let names = [&profile.name, &profile.email].into_iter().flatten();
    let name = names.into_iter().find(|text| !text.trim().is_empty());
    Person {
        id: customer.id.to_string(),
        name: name.map_or_else(|| customer.id.to_string(), |name| on_a_line(name)),
    }
}
