# What stands in texts of merchants; $count is 1 or more, days are inclusive.

price-per-day = { $count ->
    [one] { $price } pr. dag
   *[other] { $price } hver { $count }. dag
}
price-per-week = { $count ->
    [one] { $price } pr. uge
   *[other] { $price } hver { $count }. uge
}
price-per-month = { $count ->
    [one] { $price } pr. måned
   *[other] { $price } hver { $count }. måned
}
price-per-year = { $count ->
    [one] { $price } pr. år
   *[other] { $price } hvert { $count }. år
}

percent = { $number } %
free-until = gratis til og med { $date }
price-until = { $price } til og med { $date }
price-from = { $price } fra { $date }

message-customer = kunde
message-unsubscribe = Afmeld
