"""A simulated year of a district: every rule at work, from one command (`./run year`).

district  made-up enterprises, officers, items and plans, in the numbers of two real districts' plans
life      the year, month by month, on a real store with its own witnesses
count     the year's numbers, counted again from the raw entries by a program that shares no code with the library
compare   the bulletin's numbers against those
"""
