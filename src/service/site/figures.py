"""Pictures as SVG, drawn from numbers alone: no scripts, no outside resources, readable without colour.

Each has a title that says in words what it shows, and stands beside the numbers that it was drawn from. They are as
wide as a narrow phone, so that their words can be read there; on a wide page the style sheet makes them smaller.
"""

from collections.abc import Mapping, Sequence
from html import escape

BARS = 40
WIDTH, HEIGHT = 400, 140
MARGIN = 20


def _frame(title: str, body: Sequence[str], width: int = WIDTH, height: int = HEIGHT) -> str:
    return (
        f'<svg class="figure" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(body)}</svg>"
    )


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def draw_tickets(tickets: Sequence[str], threshold: str | None, title: str, mark: str) -> str:
    """Return a histogram of tickets over their whole range, with the largest drawn one as a line.

    tickets    64 hex each, of all that could be drawn
    threshold  the largest drawn one; None if none was
    mark       what the line is called
    """
    counts = [0] * BARS
    for ticket in tickets:
        counts[int(ticket[:8], 16) * BARS >> 32] += 1
    tallest = max(counts, default=0) or 1
    step, room, base = (WIDTH - 2 * MARGIN) / BARS, HEIGHT - 3 * MARGIN, HEIGHT - MARGIN
    line = None if threshold is None else MARGIN + (WIDTH - 2 * MARGIN) * int(threshold[:8], 16) / 2**32
    body = []
    for place, count in enumerate(counts):
        tall, left = room * count / tallest, MARGIN + place * step
        top = f'y="{base - tall:.1f}" height="{tall:.1f}"'
        body.append(f'<rect class="bar" x="{left:.1f}" width="{step - 1:.1f}" {top}/>')
        if line is not None and line > left:  # what lies left of the line was drawn
            body.append(f'<rect class="drawn" x="{left:.1f}" width="{min(step - 1, line - left):.1f}" {top}/>')
    body.append(f'<path class="axis" d="M{MARGIN} {base}H{WIDTH - MARGIN}"/>')
    body += [_text(MARGIN, HEIGHT - 4, "0000…"), _text(WIDTH - MARGIN, HEIGHT - 4, "ffff…", "end")]
    if line is not None:
        body.append(f'<path class="threshold" d="M{line:.1f} {MARGIN + 4}V{base}"/>')
        anchor, side = ("start", -2) if line < WIDTH / 2 else ("end", 2)
        body.append(_text(line + side, MARGIN - 3, mark, anchor))
    return _frame(title, body)


def draw_load(load: Mapping[int, int], title: str, unit: str) -> str:
    """Return how many officers (bars) have how many cases (rows). load: cases -> officers."""
    rows = sorted(load.items())
    height = 24 * len(rows) + 8
    most = max(load.values(), default=1)
    body = []
    for place, (cases, officers) in enumerate(rows):
        top, wide = 4 + 24 * place, (WIDTH - 140) * officers / most
        body.append(_text(80, top + 14, f"{cases} {unit}", "end"))
        body.append(f'<rect class="bar" x="88" y="{top}" width="{wide:.1f}" height="18"/>')
        body.append(_text(94 + wide, top + 14, str(officers)))
    return _frame(title, body, height=height)


COLUMNS = 3


def draw_calendar(months: Mapping[int, tuple[int, int]], title: str, names: Sequence[str]) -> str:
    """Return a year as on a wall: a quarter a row, in each month a bar, drawn (filled) of planned (outlined).

    months  1..12 -> (planned, drawn)
    """
    wide, tall = WIDTH / COLUMNS, 46
    most = max((n for pair in months.values() for n in pair), default=0) or 1
    body = []
    for month in range(1, 13):
        planned, drawn = months.get(month, (0, 0))
        row, column = divmod(month - 1, COLUMNS)
        left, top, room = column * wide + 6, row * tall + 4, wide - 12
        body.append(_text(left, top + 14, names[month - 1]))
        body.append(_text(left + room, top + 14, f"{drawn}/{planned}" if planned or drawn else "—", "end"))
        for kind, number in (("bar", drawn), ("planned", planned)):
            if number:
                body.append(
                    f'<rect class="{kind}" x="{left:.1f}" y="{top + 20}" width="{room * number / most:.1f}" '
                    'height="12"/>'
                )
        body.append(f'<path class="axis" d="M{left:.1f} {top + 32}H{left + room:.1f}"/>')
    return _frame(title, body, height=4 * tall + 4)


def draw_parts(counts: Sequence[int], title: str) -> str:
    """Return how many fall into each of equal parts of a range, with a line where chance has them on average."""
    step, most = (WIDTH - 2 * MARGIN) / len(counts), max(counts, default=0) or 1
    base, room, body = HEIGHT - MARGIN, HEIGHT - 2 * MARGIN - 12, []
    mean = base - room * sum(counts) / len(counts) / most
    for place, number in enumerate(counts):
        tall, left = room * number / most, MARGIN + place * step
        body.append(
            f'<rect class="bar" x="{left + 2:.1f}" y="{base - tall:.1f}" width="{step - 4:.1f}" height="{tall:.1f}"/>'
        )
        body.append(_text(left + step / 2, min(base - tall, mean) - 4, str(number), "middle"))
        body.append(_text(left + step / 2, HEIGHT - 4, str(place + 1), "middle"))
    body.append(f'<path class="axis" d="M{MARGIN} {base}H{WIDTH - MARGIN}"/>')
    body.append(f'<path class="threshold" d="M{MARGIN} {mean:.1f}H{WIDTH - MARGIN}"/>')
    return _frame(title, body)
