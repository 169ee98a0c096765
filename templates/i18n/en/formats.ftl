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
