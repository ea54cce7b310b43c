"""Command lines that typer cannot take, by what it says of them; `{}` stands for each value that it fills in."""

MISUSES = {
    "Missing option {}.": ("draw", "freeze", "bureau/2027-01/001"),
    "Missing argument {}.": ("draw", "open"),
    "Missing command.": ("--draft", "x"),
    "No such command {}.": ("xyzzy",),
    "No such command {}. Did you mean {}?": ("draw", "freezed"),
    "No such option: {}": ("replay", "--xyzzy"),
    "No such option: {} (Possible options: {})": ("draw", "open", "--kin", "monthly"),
    "Option {} requires an argument.": ("replay", "--dir"),
    "Option {} does not take a value.": ("replay", "--json=3"),
    "Got unexpected extra argument(s) ({})": ("replay", "a", "b"),
    "Invalid value for {}: {}": ("replay", "--to", "x"),
    "file {} does not exist.": ("import", "plan", "missing.csv"),
    "path {} does not exist.": ("keys", "show", "missing.key"),
    "file {} is a directory.": ("import", "plan", "."),
}

UNREADABLE = {
    "file {} is not readable.": ("import", "plan", "there"),
    "path {} is not readable.": ("keys", "show", "there"),
}
"""The same, where there is a file `there` that may not be read."""
