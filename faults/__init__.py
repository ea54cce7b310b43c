"""What can break, broken on purpose, everywhere: `./run faults`. Too long for every run; CI runs a sample of each.

Read `kills` (every file system call of a write fails, or is the last) and the module of each word that
`python -m faults --help` names.
"""
