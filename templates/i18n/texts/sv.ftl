# What stands in texts of merchants; $count is 1 or more, days are inclusive.

price-per-day = { $count ->
    [one] { $price } per dag
   *[other] { $price } var { $count }:e dag
}
price-per-week = { $count ->
    [one] { $price } per vecka
   *[other] { $price } var { $count }:e vecka
}
price-per-month = { $count ->
    [one] { $price } per månad
   *[other] { $price } var { $count }:e månad
}
price-per-year = { $count ->
    [one] { $price } per år
   *[other] { $price } vart { $count }:e år
}

percent = { $number } %
free-until = gratis till och med { $date }
price-until = { $price } till och med { $date }
price-from = { $price } från { $date }

message-customer = kund
message-unsubscribe = Avregistrera
