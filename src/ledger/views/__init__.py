"""What the record shows to whoever works with it: projections of entries that were checked before.

Read in this order: `rows` (what there is), `fold` (entries into rows, one after the other), `deadlines` (what is due,
overdue, done late), `bulletin` (a period in figures). Nothing here checks a signature or a rule: `office` and `audit`
do. A projection holds no private value, and no clock: a day is handed in.
"""
