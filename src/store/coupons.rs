//! Coupons, their codes, and who has redeemed them. Whoever redeems one locks the coupon first,
//! before the merchant's row.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::automations::list_naming;
use super::definitions::{delete_row, stored};
use super::query::SqlQuery;
use super::rows::{ColumnPlace, to_json};
use super::sql::{Arg, args, list, row, touched};
use super::{DependentThing, Page, StoreError, Tx, USES_MAX};
use crate::domain::coupon::{
    CodeStatus, Coupon, CouponCode, PersonalCode, Redemption, code_key, folded,
};
use crate::domain::definition::Definition;
use crate::domain::ids::{CheckoutId, CouponId, CustomerId, MerchantId, OrderId};

/// Which codes to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeFilter {
    /// Of this coupon.
    pub coupon: Option<CouponId>,
    /// That this customer has redeemed or holds.
    pub customer: Option<CustomerId>,
    /// That this automation has made.
    pub automation: Option<String>,
    /// With this status.
    pub status: Option<CodeStatus>,
}

/// Who has redeemed a code, or holds it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CodeUses {
    /// How often it has been redeemed.
    pub redeemed: i64,
    /// How many hold it.
    pub held: i64,
}

/// What redeems a code.
#[derive(Debug, Clone, Copy)]
pub enum Redeemer<'a> {
    /// An order.
    Order(&'a OrderId),
    /// A checkout that is completed, or, with the end of its hold, one that is held.
    Checkout(&'a CheckoutId, Option<DateTime<Utc>>),
}

stored!(Coupon, find_coupon, list_coupons,
    |tx, merchant, coupon, _writing| save_coupon(tx, merchant, coupon).await?,
    uses held_by, codes taken_codes, delete delete_coupon);

async fn find_coupon(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CouponId,
) -> Result<Option<Coupon>, StoreError> {
    let text = "select id, terms from coupons where merchant_id = $1 and id = $2";
    let rows: Vec<(String, String)> = tx.fetch_all(text, args![merchant, id]).await?;
    Ok(read(&rows)?.pop())
}

async fn list_coupons(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Coupon>, StoreError> {
    let text = "select id, terms from coupons where merchant_id = $1";
    let query = SqlQuery::new(text, args![merchant]).search(
        "(lower(id) like lower($?) escape '!' or lower(title) like lower($?) escape '!')",
        page,
    );
    let (text, args) = query.page("id", page);
    let rows: Vec<(String, String)> = tx.fetch_page((text, args), page).await?;
    read(&rows)
}

async fn save_coupon(
    tx: &mut Tx,
    merchant: &MerchantId,
    coupon: Coupon,
) -> Result<(Coupon, bool), StoreError> {
    let terms = to_json(&coupon)?;
    let values = || args![merchant, &coupon.id, coupon.validity.active, &coupon.title, &terms];
    let insert = "insert into coupons (merchant_id, id, active, title, terms) \
                  values ($1, $2, $3, $4, $5) on conflict (merchant_id, id) do nothing";
    let created = tx.execute(insert, values()).await? == 1;
    if !created {
        let update = "update coupons set active = $3, title = $4, terms = $5 \
                      where merchant_id = $1 and id = $2";
        tx.execute(update, values()).await?;
    }
    forget_code(tx, merchant, &coupon.id).await?;
    if let Some(code) = &coupon.code {
        // Within a file two coupons may change their codes: the other gets its own next.
        let key = folded(code);
        tx.execute(
            "insert into coupon_codes (merchant_id, id, code, spelled, coupon_id, valid_until) \
             values ($1, $2, $3, $4, $5, $6) \
             on conflict (merchant_id, id) do update set spelled = excluded.spelled, \
             coupon_id = excluded.coupon_id, valid_until = excluded.valid_until",
            args![merchant, &key, &key, code, &coupon.id, coupon.validity.until],
        )
        .await?;
    }
    Ok((coupon, created))
}

/// The checkouts that hold one, and the automations that make codes of it.
async fn held_by(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CouponId,
    now: DateTime<Utc>,
) -> Result<Vec<DependentThing>, StoreError> {
    let mut uses: Vec<DependentThing> = tx
        .fetch_all(
            "select 'checkout' as kind, checkout_id as id from coupon_codes \
             where merchant_id = $1 and coupon_id = $2 and held_until > $3 limit $4",
            args![merchant, id, now, USES_MAX],
        )
        .await?;
    uses.extend(list_naming(tx, merchant, |terms| terms.makes_codes_of(id)).await?);
    Ok(uses)
}

async fn taken_codes(
    tx: &mut Tx,
    merchant: &MerchantId,
    wanted: &[String],
) -> Result<BTreeMap<String, String>, StoreError> {
    let text = "select id, coupon_id from coupon_codes \
                where (merchant_id, id) in pairs($1, $2) and customer_id is null";
    let rows: Vec<(String, String)> = tx.fetch_all(text, args![merchant, list(wanted)]).await?;
    Ok(rows.into_iter().collect())
}

async fn delete_coupon(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CouponId,
) -> Result<bool, StoreError> {
    forget_code(tx, merchant, id).await?;
    delete_row(tx, merchant, Coupon::KIND.table, id.as_str()).await
}

async fn forget_code(tx: &mut Tx, merchant: &MerchantId, id: &CouponId) -> Result<(), StoreError> {
    let text = "delete from coupon_codes \
                where merchant_id = $1 and coupon_id = $2 and customer_id is null \
                and owner_id is null";
    tx.execute(text, args![merchant, id]).await?;
    Ok(())
}

fn read(rows: &[(String, String)]) -> Result<Vec<Coupon>, StoreError> {
    let coupon = |(id, terms): &(String, String)| {
        ColumnPlace { table: Coupon::KIND.table, row: id }.json("terms", terms)
    };
    rows.iter().map(coupon).collect()
}

/// Locks coupons until the transaction ends, in the order of their ids, so that their codes are
/// redeemed by one at a time.
pub async fn lock_coupons(
    tx: &mut Tx,
    merchant: &MerchantId,
    coupons: &[CouponId],
) -> Result<(), StoreError> {
    if tx.locks_rows() {
        let text = "select id from coupons where (merchant_id, id) in pairs($1, $2) \
                    order by id for no key update";
        let _locked: Vec<(String,)> = tx.fetch_all(text, args![merchant, list(coupons)]).await?;
    }
    Ok(())
}

/// The coupon with a public code, locked until the transaction ends as it is then: its code may be
/// another by now.
pub async fn lock_by_code(
    tx: &mut Tx,
    merchant: &MerchantId,
    code: &str,
) -> Result<Option<Coupon>, StoreError> {
    let lock = if tx.locks_rows() { " for no key update of c" } else { "" };
    let rows = tx.fetch_all(format!("{BY_CODE}{lock}"), args![merchant, folded(code)]).await?;
    Ok(read(&rows)?.pop())
}

const BY_CODE: &str = "select c.id, c.terms from coupon_codes k join coupons c \
                       on c.merchant_id = k.merchant_id and c.id = k.coupon_id \
                       where k.merchant_id = $1 and k.id = $2 and k.customer_id is null \
                       and k.owner_id is null";

/// The coupon with a public code.
pub async fn find_by_code(
    tx: &mut Tx,
    merchant: &MerchantId,
    code: &str,
) -> Result<Option<Coupon>, StoreError> {
    let rows = tx.fetch_all(BY_CODE, args![merchant, folded(code)]).await?;
    Ok(read(&rows)?.pop())
}

/// Stores codes that automations make.
pub async fn insert_personal_codes(
    tx: &mut Tx,
    merchant: &MerchantId,
    codes: &[PersonalCode],
) -> Result<(), StoreError> {
    let rows = codes.iter().map(|it| {
        let code = it.coupon.code.as_deref().unwrap_or_default();
        Ok(args![
            merchant,
            folded(code),
            folded(code),
            code,
            &it.coupon.id,
            &it.automation,
            &it.owner,
            to_json(&it.coupon)?,
            it.coupon.validity.until,
        ])
    });
    let rows: Result<Vec<Vec<Arg>>, StoreError> = rows.collect();
    let columns = "merchant_id, id, code, spelled, coupon_id, automation_id, owner_id, terms, \
                   valid_until";
    tx.insert_rows("coupon_codes", columns, rows?).await?;
    Ok(())
}

/// What a code that an automation made gives, and to whom; locked where that is asked for.
pub async fn find_personal(
    tx: &mut Tx,
    merchant: &MerchantId,
    code: &str,
    locked: bool,
) -> Result<Option<(Coupon, CustomerId)>, StoreError> {
    let lock = if locked && tx.locks_rows() { " for no key update" } else { "" };
    let text = format!(
        "select id, terms, owner_id from coupon_codes where merchant_id = $1 and id = $2 \
         and customer_id is null and owner_id is not null{lock}"
    );
    let row: Option<(String, String, String)> =
        tx.fetch_optional(text, args![merchant, folded(code)]).await?;
    let read = |(id, terms, owner): (String, String, String)| {
        let coupon = ColumnPlace { table: "coupon_codes", row: &id }.json("terms", &terms)?;
        Ok((coupon, CustomerId::stored(owner)))
    };
    row.map(read).transpose()
}

/// A public code, or one of an automation.
pub async fn find_code(
    tx: &mut Tx,
    merchant: &MerchantId,
    code: &str,
) -> Result<Option<CouponCode>, StoreError> {
    find(tx, merchant, &folded(code)).await
}

/// Those of these public codes and codes of automations that there are.
pub async fn find_codes(
    tx: &mut Tx,
    merchant: &MerchantId,
    codes: &[&String],
) -> Result<Vec<CouponCode>, StoreError> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = codes.iter().map(|code| folded(code)).collect();
    let text = format!("{SELECT} and (merchant_id, id) in pairs($1, $2)");
    let rows: Vec<CodeRow> = tx.fetch_all(text, args![merchant, list(&ids)]).await?;
    Ok(rows.into_iter().map(CouponCode::from).collect())
}

/// How a customer has redeemed a code, or how they hold it.
pub async fn find_redemption(
    tx: &mut Tx,
    merchant: &MerchantId,
    code: &str,
    customer: &CustomerId,
) -> Result<Option<CouponCode>, StoreError> {
    find(tx, merchant, &code_key(&folded(code), Some(customer))).await
}

async fn find(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &str,
) -> Result<Option<CouponCode>, StoreError> {
    let text = format!("{SELECT} and id = $2");
    let row: Option<CodeRow> = tx.fetch_optional(text, args![merchant, id]).await?;
    Ok(row.map(CouponCode::from))
}

/// How a code is used by all, but for one checkout.
pub async fn count_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    code: &str,
    now: DateTime<Utc>,
    but_for: Option<&CheckoutId>,
) -> Result<CodeUses, StoreError> {
    let but_for = but_for.map_or("", CheckoutId::as_str);
    let (redeemed, held): (i64, i64) = tx
        .fetch_one(
            "select count(case when held_until is null then 1 end), \
             count(case when held_until > $3 and checkout_id <> $4 then 1 end) \
             from coupon_codes where merchant_id = $1 and code = $2 and customer_id is not null",
            args![merchant, folded(code), now, but_for],
        )
        .await?;
    Ok(CodeUses { redeemed, held })
}

/// Codes, by themselves and by who redeems them; what was held and is over is left out.
pub async fn list_codes(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &CodeFilter,
    (now, today): (DateTime<Utc>, NaiveDate),
    page: &Page,
) -> Result<Vec<CouponCode>, StoreError> {
    let of = |status: CodeStatus| filter.status == Some(status);
    let query = SqlQuery::new(SELECT, args![merchant])
        .filter("(held_until is null or held_until > $?)", Some(now))
        .filter("coupon_id = $?", filter.coupon.as_ref())
        .filter("(customer_id = $? or owner_id = $?)", filter.customer.as_ref())
        // A code for one customer is told once: as it is, or as they use it.
        .filter(
            "(owner_id is null or customer_id is not null or not exists (select 1 \
             from coupon_codes u where u.merchant_id = coupon_codes.merchant_id \
             and u.code = coupon_codes.code and u.customer_id = coupon_codes.owner_id \
             and (u.held_until is null or u.held_until > $?)))",
            Some(now),
        )
        .filter("automation_id = $?", filter.automation.as_deref())
        .filter(
            "customer_id is null and (valid_until is null or valid_until >= $?)",
            of(CodeStatus::Open).then_some(today),
        )
        .filter(
            "customer_id is null and valid_until < $?",
            of(CodeStatus::Expired).then_some(today),
        )
        .only(of(CodeStatus::Held).then_some("held_until is not null"))
        .only(of(CodeStatus::Redeemed).then_some("customer_id is not null and held_until is null"));
    let (text, args) = query.page("id", page);
    let rows: Vec<CodeRow> = tx.fetch_page((text, args), page).await?;
    Ok(rows.into_iter().map(CouponCode::from).collect())
}

/// Stores that coupons are redeemed or held by somebody, or given back. What they redeem is
/// locked.
pub async fn save_redemptions(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    redemptions: &[Redemption],
    by: Redeemer<'_>,
) -> Result<(), StoreError> {
    let (order, checkout, held_until) = match by {
        Redeemer::Order(order) => (Some(order), None, None),
        Redeemer::Checkout(checkout, held_until) => (None, Some(checkout), held_until),
    };
    for it in redemptions {
        let id = code_key(&it.code, Some(&it.customer));
        if it.back {
            return_redemptions(tx, merchant, std::iter::once(it)).await?;
            continue;
        }
        // A hold that is over is none, and one of this very checkout becomes what it was for.
        let stored = tx
            .execute(
                "insert into coupon_codes (merchant_id, id, code, spelled, coupon_id, \
                 customer_id, order_id, checkout_id, held_until, automation_id, valid_until) \
                 select $1, $2, $3, $4, $5, $6, $7, $8, $9, (select k.automation_id \
                 from coupon_codes k where k.merchant_id = $1 and k.id = $3), (select \
                 k.valid_until from coupon_codes k where k.merchant_id = $1 and k.id = $3) \
                 where true \
                 on conflict (merchant_id, id) do update set spelled = excluded.spelled, \
                 coupon_id = excluded.coupon_id, order_id = excluded.order_id, \
                 checkout_id = excluded.checkout_id, held_until = excluded.held_until \
                 where coupon_codes.held_until <= $10 \
                 or (coupon_codes.held_until is not null \
                 and coupon_codes.checkout_id = excluded.checkout_id)",
                args![
                    merchant,
                    id,
                    &it.code,
                    &it.spelled,
                    &it.coupon,
                    &it.customer,
                    order,
                    checkout,
                    held_until,
                    now,
                ],
            )
            .await?;
        touched("coupon_codes", stored, 1)?;
    }
    Ok(())
}

/// Stores that coupons are given back. Nothing has to be locked for it: others only gain.
pub(super) async fn return_redemptions<'r>(
    tx: &mut Tx,
    merchant: &MerchantId,
    redemptions: impl Iterator<Item = &'r Redemption>,
) -> Result<(), StoreError> {
    let keys: Vec<_> = redemptions.map(|it| code_key(&it.code, Some(&it.customer))).collect();
    if !keys.is_empty() {
        // What was bought with one is still known by it.
        let text = "update automation_purchases set coupon_code = u.code from coupon_codes u \
                    where (u.merchant_id, u.id) in pairs($1, $2) and u.held_until is null \
                    and automation_purchases.merchant_id = u.merchant_id \
                    and automation_purchases.customer_id = u.customer_id \
                    and (automation_purchases.order_id = u.order_id \
                    or automation_purchases.id = 'checkout/' || u.checkout_id)";
        tx.execute(text, args![merchant, list(&keys)]).await?;
        let text = "delete from coupon_codes where (merchant_id, id) in pairs($1, $2)";
        tx.execute(text, args![merchant, list(&keys)]).await?;
    }
    Ok(())
}

const SELECT: &str = "select spelled, coupon_id, customer_id, automation_id, owner_id, order_id, \
                      checkout_id, held_until, valid_until \
                      from coupon_codes where merchant_id = $1";

row! {
    struct CodeRow {
        spelled: String,
        coupon_id: String,
        customer_id: Option<String>,
        automation_id: Option<String>,
        owner_id: Option<String>,
        order_id: Option<String>,
        checkout_id: Option<String>,
        held_until: Option<DateTime<Utc>>,
        valid_until: Option<NaiveDate>,
    }
}

impl From<CodeRow> for CouponCode {
    fn from(row: CodeRow) -> Self {
        Self {
            code: row.spelled,
            coupon: CouponId::stored(row.coupon_id),
            customer: row.customer_id.map(CustomerId::stored),
            automation: row.automation_id,
            owner: row.owner_id.map(CustomerId::stored),
            order: row.order_id.map(OrderId::stored),
            checkout: row.checkout_id.map(CheckoutId::stored),
            held_until: row.held_until,
            valid_until: row.valid_until,
        }
    }
}
