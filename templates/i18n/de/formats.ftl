# Wie oft etwas wiederkehrt, und ein Preis dazu. $count ist 1 oder mehr.

period-day = { $count ->
    [one] Tag
   *[other] { $count } Tage
}
period-week = { $count ->
    [one] Woche
   *[other] { $count } Wochen
}
period-month = { $count ->
    [one] Monat
   *[other] { $count } Monate
}
period-year = { $count ->
    [one] Jahr
   *[other] { $count } Jahre
}

price-per-day = { $count ->
    [one] { $price } pro Tag
   *[other] { $price } alle { $count } Tage
}
price-per-week = { $count ->
    [one] { $price } pro Woche
   *[other] { $price } alle { $count } Wochen
}
price-per-month = { $count ->
    [one] { $price } pro Monat
   *[other] { $price } alle { $count } Monate
}
price-per-year = { $count ->
    [one] { $price } pro Jahr
   *[other] { $price } alle { $count } Jahre
}

length-day = { $count ->
    [one] ein Tag
   *[other] { $count } Tage
}
length-week = { $count ->
    [one] eine Woche
   *[other] { $count } Wochen
}
length-month = { $count ->
    [one] ein Monat
   *[other] { $count } Monate
}
length-year = { $count ->
    [one] ein Jahr
   *[other] { $count } Jahre
}

extension-day = { $count ->
    [one] einen Tag
   *[other] { $count } Tage
}
extension-week = { $count ->
    [one] eine Woche
   *[other] { $count } Wochen
}
extension-month = { $count ->
    [one] einen Monat
   *[other] { $count } Monate
}
extension-year = { $count ->
    [one] ein Jahr
   *[other] { $count } Jahre
}

percent = { $number } %

# Who has no name.
message-customer = Kundin oder Kunde
free-until = kostenlos bis { $date }
price-until = { $price } bis { $date }
price-from = { $price } ab { $date }
message-unsubscribe = Abmelden
