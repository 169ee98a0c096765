-- When a server was last at work on the book by the real clock: one that starts much later asks
-- whether its clock is right. None on a simulated clock.
alter table book add column seen_at text;
