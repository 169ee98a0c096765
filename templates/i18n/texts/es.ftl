# What stands in texts of merchants; $count is 1 or more, days are inclusive.

price-per-day = { $count ->
    [one] { $price } al día
   *[other] { $price } cada { $count } días
}
price-per-week = { $count ->
    [one] { $price } a la semana
   *[other] { $price } cada { $count } semanas
}
price-per-month = { $count ->
    [one] { $price } al mes
   *[other] { $price } cada { $count } meses
}
price-per-year = { $count ->
    [one] { $price } al año
   *[other] { $price } cada { $count } años
}

percent = { $number } %
free-until = gratis hasta el { $date }
price-until = { $price } hasta el { $date }
price-from = { $price } a partir del { $date }

message-customer = clienta o cliente
message-unsubscribe = Darse de baja
