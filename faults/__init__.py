"""What can break, broken on purpose, everywhere: `./run faults`. Too long for every run; CI runs a sample of each.

`kills`: every file system call of a write fails, or is the writer's last. `flips`: every byte that is evidence is
changed, one after the other. `service`: the service is killed under load, two hundred times.
"""
