"""Measurements: every figure is a ratio to a named baseline that ran in the same process, moments apart.

A machine's speed changes from minute to minute, so baseline and ours take turns, and the median of the rounds' ratios
is what is printed. Run from the repository's root: `python -m bench`, or `python -m bench draw` and so on.

Read in this order: `measure` (how), `world` (on what), then `draw`, `replay`, `importing`, `proofs`, `store`, `log`,
`fsck`, `memory`.
"""
