"""Draws docs/benchmarks.svg: Daybook's throughput and CPU time as multiples of Kafka's."""
import html
import math

from log import figures
from log.figures import median
from log.plan import Setting

_ROW, _BAR, _LEFT, _WIDTH, _GAP, _TOP = 24, 12, 250, 330, 70, 74
_INK, _GRID, _FASTER, _CHEAPER = "#4a4a4a", "#c8c8c8", "#2a7f62", "#8a5a9e"


def write(results, path):
    rows = []
    for mode in ("produce", "consume"):
        for setting, ours, theirs in figures.throughput_rows(results, mode):
            ratios = [median(ours, value) / median(theirs, value)
                      for value in (figures.rate, figures.cpu_per_million)]
            label = f"{mode}: {Setting(**setting).label()}{', synced' * setting['synced']}"
            rows.append((label, *ratios))
    path.write_text(_svg(rows, results["machine"]))


def _svg(rows, machine):
    height = _TOP + _ROW * len(rows) + 40
    width = _LEFT + 2 * _WIDTH + _GAP + 60
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
             f'font-family="sans-serif" font-size="11" fill="{_INK}">',
             f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
             _text(12, 20, f"Daybook against Apache Kafka {machine['kafka']}, one server core, "
                   f"acks=all ({machine['date']})", size=14)]
    panels = [(_LEFT, "throughput, times Kafka's (longer is better; the goal is 2)", 1, 2, _FASTER),
              (_LEFT + _WIDTH + _GAP, "server CPU time, times Kafka's (shorter is better; the goal "
               "is 0.25)", 2, 0.25, _CHEAPER)]
    for left, title, column, goal, colour in panels:
        parts += _panel(left, title, [row[column] for row in rows], goal, colour)
    for number, row in enumerate(rows):
        parts.append(_text(_LEFT - 8, _TOP + _ROW * number + _BAR + 2, row[0], anchor="end"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(left, title, values, goal, colour):
    most = max([*values, goal, 1])
    step = _step(most)
    scale = (_WIDTH - 40) / most
    bottom = _TOP + _ROW * len(values)
    parts = [_text(left, 44, title)]
    for n in range(int(most / step) + 1):
        x = left + n * step * scale
        parts += [f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom}" '
                  f'stroke="{_GRID}" stroke-width="0.6"/>',
                  _text(x, bottom + 16, f"{n * step:g}", anchor="middle")]
    for number, value in enumerate(values):
        y = _TOP + _ROW * number
        parts += [f'<rect x="{left}" y="{y}" width="{value * scale:.1f}" height="{_BAR}" '
                  f'fill="{colour}"/>',
                  _text(left + value * scale + 4, y + _BAR - 2, f"{value:.2f}×")]
    for at, dash in ((1, "none"), (goal, "4 3")):
        x = left + at * scale
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom}" '
                     f'stroke="{_INK}" stroke-dasharray="{dash}"/>')
    return parts


def _step(most):
    """A round distance between lines, for about six of them."""
    rough = most / 6
    power = 10 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def _text(x, y, text, anchor="start", size=11):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
            f"{html.escape(text)}</text>")
