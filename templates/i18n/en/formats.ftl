# How often something recurs, and a price with it. $count is 1 or more.

period-day = { $count ->
    [one] day
   *[other] { $count } days
}
period-week = { $count ->
    [one] week
   *[other] { $count } weeks
}
period-month = { $count ->
    [one] month
   *[other] { $count } months
}
period-year = { $count ->
    [one] year
   *[other] { $count } years
}

price-per-day = { $count ->
    [one] { $price } per day
   *[other] { $price } per { $count } days
}
price-per-week = { $count ->
    [one] { $price } per week
   *[other] { $price } per { $count } weeks
}
price-per-month = { $count ->
    [one] { $price } per month
   *[other] { $price } per { $count } months
}
price-per-year = { $count ->
    [one] { $price } per year
   *[other] { $price } per { $count } years
}

length-day = { $count ->
    [one] one day
   *[other] { $count } days
}
length-week = { $count ->
    [one] one week
   *[other] { $count } weeks
}
length-month = { $count ->
    [one] one month
   *[other] { $count } months
}
length-year = { $count ->
    [one] one year
   *[other] { $count } years
}

extension-day = { $count ->
    [one] one day
   *[other] { $count } days
}
extension-week = { $count ->
    [one] one week
   *[other] { $count } weeks
}
extension-month = { $count ->
    [one] one month
   *[other] { $count } months
}
extension-year = { $count ->
    [one] one year
   *[other] { $count } years
}

percent = { $number }%

# Who has no name.
message-customer = customer
free-until = free until { $date }
price-until = { $price } until { $date }
price-from = { $price } from { $date }
message-unsubscribe = Unsubscribe
