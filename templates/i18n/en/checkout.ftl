# The hosted checkout: what a customer sees before and after confirming.

checkout-heading-new = Your order
checkout-heading-change = Your change
checkout-current = What you have
checkout-target = What you get
checkout-subscription = Subscription
checkout-price = Price
checkout-term = Minimum term
checkout-next-payment = Next payment
checkout-effective-on = Takes effect
checkout-amount-due = To pay now
checkout-afterwards = Afterwards
checkout-choice = How would you like to have it?
checkout-mode-new = Order
checkout-mode-replace = Instead of my subscription
checkout-mode-add = In addition to my subscription
checkout-note-declined = The payment did not go through. Nothing was charged, and nothing has changed. You can try again whenever you like.
checkout-note-held = A payment for this has begun. If you have left it, just go on below; nothing is charged twice.
checkout-documents = What will be issued
checkout-catch-up = Due anyway up to today
checkout-invoice = Invoice
checkout-credit-note = Credit note
checkout-what = What for
checkout-amount = Amount
checkout-credit-applied = Credit applied
checkout-total = Total
checkout-withdraws-cancellation = Your cancellation will be withdrawn.
checkout-withdraws-change = A change that you had planned will be withdrawn.
checkout-supersedes-change = This takes the place of a change that you had planned.
checkout-order = Order with obligation to pay
checkout-order-free = Order free of charge
checkout-confirm = Confirm change

payment-heading = Payment
payment-stand-in = This page stands in for a real payment. No money moves: you decide how it goes.
payment-held = Your order is kept for you for 15 minutes. Nothing changes until it is paid.
payment-pay = Pay { $amount }
payment-decline = Let the payment fail

done-heading = Thank you
done-effective-on = Takes effect
done-amount-due = To pay now
done-next-payment = Next payment
done-documents = Your documents
done-return = Back to { $seller }

notice-expired = This checkout has expired
notice-expired-text = Nothing was ordered and nothing was changed. Please start again where you came from.
notice-completed = This checkout is already completed
notice-completed-text = It was confirmed in another window or on another device. Nothing was done twice.
notice-stale = Something has changed in the meantime
notice-stale-text = Nothing was ordered and nothing was changed. Please look at the current figures, then confirm again.
notice-stale-again = Show the current figures
notice-lapsed = The time for the payment has run out
notice-lapsed-text = Nothing was charged and nothing was changed. Your order is still there: please look at it and try again.
notice-refused = This change is not possible
notice-refused-text = Nothing was ordered and nothing was changed.
notice-again = Back to the checkout
notice-reason = Reason

refused-already-subscribed = You already have this subscription, or it is about to begin.
refused-parent-ends = It depends on a subscription that ends before it would begin.
refused-payment-required = It has to be paid first, which is not possible on this page. Nothing was ordered and nothing was changed. Please go on where you came from, or ask the seller how to pay.
refused-source-held = Another checkout for the same subscription is under way. Please try again in a few minutes.
refused-source-unpaid = An invoice for your subscription has not been paid yet.
refused-still-in-bridge = Your subscription was changed a short time ago and has to be booked once before.
refused-target-period-shorter = The period that you have paid for is longer than the new one.
