"""The bureau's rules, pure: what may be recorded, by whom, after what, and what follows from it.

Events in, state out. Nothing here reads a clock, a database or a random source; the writer and the auditor run the
same rules, so nothing can be recorded that an auditor would refuse.

Read it in this order:

1. `events/`    the body of every event type, one file per subject
2. `policy`     the bureau's own settings: units, duties, competences, randomness, witnesses, periods
3. `duties`     whose signatures an event needs
4. `keys`       which key speaks for a unit, and since when
5. `rows`       what stands in a roster or list, row by row; `lists`: long lists, carried in parts;
                `openings`: sealed values and their erasure
6. `keylists`, `targets`, `officers`, `items`, `plans`   the ground that a draw stands on
7. `ground`     what draw.frozen must say, derived
8. `draws`, `shares`, `results`   the stations of a draw; `outcome`: what its seed selects
9. `cases`      receipt, recusal and replacement, visit, result, publication
10. `record`    the fold over all of it
"""
