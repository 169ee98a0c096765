# Die gehostete Bestellseite: was Kundinnen und Kunden vor und nach dem Bestätigen sehen.

checkout-heading-new = Ihre Bestellung
checkout-heading-change = Ihre Änderung
checkout-current = Was Sie haben
checkout-target = Was Sie bekommen
checkout-subscription = Abonnement
checkout-price = Preis
checkout-term = Mindestlaufzeit
checkout-next-payment = Nächste Zahlung
checkout-effective-on = Gilt ab
checkout-amount-due = Jetzt zu zahlen
checkout-afterwards = Danach
checkout-choice = Wie möchten Sie es haben?
checkout-mode-new = Bestellen
checkout-mode-replace = Anstelle meines Abonnements
checkout-mode-add = Zusätzlich zu meinem Abonnement
checkout-note-declined = Die Zahlung hat nicht geklappt. Es wurde nichts abgebucht, und es hat sich nichts geändert. Sie können es jederzeit noch einmal versuchen.
checkout-note-held = Hierfür wurde eine Zahlung begonnen. Falls Sie sie verlassen haben, machen Sie einfach unten weiter; es wird nichts doppelt abgebucht.
checkout-documents = Was ausgestellt wird
checkout-catch-up = Bis heute ohnehin fällig
checkout-invoice = Rechnung
checkout-credit-note = Gutschrift
checkout-what = Wofür
checkout-amount = Betrag
checkout-credit-applied = Verrechnetes Guthaben
checkout-total = Summe
checkout-withdraws-cancellation = Ihre Kündigung wird zurückgenommen.
checkout-withdraws-change = Eine von Ihnen geplante Änderung wird zurückgenommen.
checkout-supersedes-change = Dies tritt an die Stelle einer von Ihnen geplanten Änderung.
checkout-order = Zahlungspflichtig bestellen
checkout-order-free = Kostenlos bestellen
checkout-confirm = Änderung bestätigen

payment-heading = Bezahlen
payment-stand-in = Diese Seite vertritt eine echte Zahlung. Es fließt kein Geld: Sie bestimmen, wie sie ausgeht.
payment-held = Ihre Bestellung wird 15 Minuten lang für Sie freigehalten. Bis sie bezahlt ist, ändert sich nichts.
payment-pay = { $amount } bezahlen
payment-decline = Die Zahlung scheitern lassen

done-heading = Vielen Dank
done-effective-on = Gilt ab
done-amount-due = Jetzt zu zahlen
done-next-payment = Nächste Zahlung
done-documents = Ihre Belege
done-return = Zurück zu { $seller }

notice-expired = Diese Bestellung ist abgelaufen
notice-expired-text = Es wurde nichts bestellt und nichts geändert. Bitte beginnen Sie dort noch einmal, wo Sie hergekommen sind.
notice-completed = Diese Bestellung ist bereits abgeschlossen
notice-completed-text = Sie wurde in einem anderen Fenster oder auf einem anderen Gerät bestätigt. Es wurde nichts doppelt ausgeführt.
notice-stale = Inzwischen hat sich etwas geändert
notice-stale-text = Es wurde nichts bestellt und nichts geändert. Bitte sehen Sie sich die aktuellen Angaben an und bestätigen Sie dann noch einmal.
notice-stale-again = Aktuelle Angaben zeigen
notice-lapsed = Die Zeit zum Bezahlen ist abgelaufen
notice-lapsed-text = Es wurde nichts abgebucht und nichts geändert. Ihre Bestellung ist noch da: Bitte sehen Sie sie sich an und versuchen Sie es noch einmal.
notice-refused = Diese Änderung ist nicht möglich
notice-refused-text = Es wurde nichts bestellt und nichts geändert.
notice-again = Zurück zur Bestellung
notice-reason = Grund

refused-already-subscribed = Sie haben dieses Abonnement bereits, oder es beginnt demnächst.
refused-parent-ends = Es setzt ein Abonnement voraus, das endet, bevor es beginnen würde.
refused-payment-required = Es muss zuerst bezahlt werden, was auf dieser Seite nicht möglich ist. Es wurde nichts bestellt und nichts geändert. Bitte machen Sie dort weiter, wo Sie hergekommen sind, oder fragen Sie beim Anbieter nach.
refused-source-held = Für dasselbe Abonnement läuft gerade eine andere Bestellung. Bitte versuchen Sie es in einigen Minuten noch einmal.
refused-source-unpaid = Eine Rechnung zu Ihrem Abonnement ist noch nicht bezahlt.
refused-still-in-bridge = Ihr Abonnement wurde erst vor Kurzem geändert und muss vorher einmal abgerechnet werden.
refused-target-period-shorter = Der Zeitraum, den Sie bezahlt haben, ist länger als der neue.
