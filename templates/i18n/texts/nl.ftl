# What stands in texts of merchants; $count is 1 or more, days are inclusive.

price-per-day = { $count ->
    [one] { $price } per dag
   *[other] { $price } per { $count } dagen
}
price-per-week = { $count ->
    [one] { $price } per week
   *[other] { $price } per { $count } weken
}
price-per-month = { $count ->
    [one] { $price } per maand
   *[other] { $price } per { $count } maanden
}
price-per-year = { $count ->
    [one] { $price } per jaar
   *[other] { $price } per { $count } jaar
}

percent = { $number }%
free-until = gratis tot en met { $date }
price-until = { $price } tot en met { $date }
price-from = { $price } vanaf { $date }

message-customer = klant
message-unsubscribe = Afmelden
