# What stands in texts of merchants; $count is 1 or more, days are inclusive.

price-per-day = { $count ->
    [one] { $price } päivässä
   *[other] { $price } { $count } päivän välein
}
price-per-week = { $count ->
    [one] { $price } viikossa
   *[other] { $price } { $count } viikon välein
}
price-per-month = { $count ->
    [one] { $price } kuukaudessa
   *[other] { $price } { $count } kuukauden välein
}
price-per-year = { $count ->
    [one] { $price } vuodessa
   *[other] { $price } { $count } vuoden välein
}

percent = { $number } %
free-until = ilmainen { $date } asti
price-until = { $price } { $date } asti
price-from = { $price } { $date } alkaen

message-customer = asiakas
message-unsubscribe = Peruuta tilaus
