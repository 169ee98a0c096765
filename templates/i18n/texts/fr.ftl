# What stands in texts of merchants; $count is 1 or more, days are inclusive.

price-per-day = { $count ->
    [one] { $price } par jour
   *[other] { $price } tous les { $count } jours
}
price-per-week = { $count ->
    [one] { $price } par semaine
   *[other] { $price } toutes les { $count } semaines
}
price-per-month = { $count ->
    [one] { $price } par mois
   *[other] { $price } tous les { $count } mois
}
price-per-year = { $count ->
    [one] { $price } par an
   *[other] { $price } tous les { $count } ans
}

percent = { $number } %
free-until = gratuit jusqu’au { $date }
price-until = { $price } jusqu’au { $date }
price-from = { $price } à partir du { $date }

message-customer = cliente ou client
message-unsubscribe = Se désabonner
