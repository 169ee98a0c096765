-- How often a public code can be redeemed by all together, as its coupon says; null without a limit.
alter table coupon_codes add column redemptions_max bigint;
update coupon_codes set redemptions_max = (
    select cast(c.terms::json ->> 'redemptions_max' as bigint)
    from coupons c
    where c.merchant_id = coupon_codes.merchant_id and c.id = coupon_codes.coupon_id
) where customer_id is null and owner_id is null;
