# What stands in texts of merchants; $count is 1 or more, days are inclusive.

price-per-day = { $count ->
    [one] { $price } por dia
   *[other] { $price } a cada { $count } dias
}
price-per-week = { $count ->
    [one] { $price } por semana
   *[other] { $price } a cada { $count } semanas
}
price-per-month = { $count ->
    [one] { $price } por mês
   *[other] { $price } a cada { $count } meses
}
price-per-year = { $count ->
    [one] { $price } por ano
   *[other] { $price } a cada { $count } anos
}

percent = { $number }%
free-until = grátis até { $date }
price-until = { $price } até { $date }
price-from = { $price } a partir de { $date }

message-customer = cliente
message-unsubscribe = Cancelar a subscrição
