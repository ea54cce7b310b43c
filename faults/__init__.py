"""Faults made on purpose, all of them, to see that each is found: too many for every run of the tests.

`./run faults flips` changes every byte that is evidence, one after the other. The tests take a sample of it.
"""
