# What stands in texts of merchants; $count is 1 or more, days are inclusive.

price-per-day = { $count ->
    [one] { $price } al giorno
   *[other] { $price } ogni { $count } giorni
}
price-per-week = { $count ->
    [one] { $price } a settimana
   *[other] { $price } ogni { $count } settimane
}
price-per-month = { $count ->
    [one] { $price } al mese
   *[other] { $price } ogni { $count } mesi
}
price-per-year = { $count ->
    [one] { $price } all’anno
   *[other] { $price } ogni { $count } anni
}

percent = { $number }%
free-until = gratis fino al { $date }
price-until = { $price } fino al { $date }
price-from = { $price } dal { $date }

message-customer = cliente
message-unsubscribe = Annulla l’iscrizione
