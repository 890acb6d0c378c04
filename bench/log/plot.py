"""Draws docs/benchmarks.svg: Daybook's throughput and CPU time as multiples of Kafka's."""
import html
import math

from log import figures
from log.figures import median
from log.plan import Setting

_ROW, _BAR, _LEFT, _WIDTH, _GAP, _TOP, _NUMBER = 20, 12, 262, 360, 20, 74, 44
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
    panels = [(_LEFT, "throughput, times Kafka's (right is better; the goal, dashed, is 2)", 1, 2,
               _FASTER),
              (_LEFT + _WIDTH + _GAP, "server CPU time, times Kafka's (left is better; the goal, "
               "dashed, is 0.25)", 2, 0.25, _CHEAPER)]
    for left, title, column, goal, colour in panels:
        parts += _panel(left, title, [row[column] for row in rows], goal, colour)
    for number, row in enumerate(rows):
        parts.append(_text(_LEFT - 8, _TOP + _ROW * number + _BAR + 2, row[0], anchor="end"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(left, title, values, goal, colour):
    """Bars from 1 to each value, on a logarithmic scale: twice and half are equally long."""
    lowest, highest = min([*values, goal, 0.8]), max([*values, goal, 1.25])
    scale = (_WIDTH - 2 * _NUMBER) / math.log(highest / lowest)

    def across(value):
        return left + _NUMBER + scale * math.log(value / lowest)

    bottom = _TOP + _ROW * len(values)
    parts = [_text(left, 44, title)]
    for tick in _ticks(lowest, highest):
        parts += [_line(across(tick), bottom, f'stroke="{_GRID}" stroke-width="0.6"'),
                  _text(across(tick), bottom + 16, f"{tick:g}", anchor="middle")]
    for number, value in enumerate(values):
        y = _TOP + _ROW * number
        start, end = sorted((across(1), across(value)))
        parts.append(f'<rect x="{start:.1f}" y="{y}" width="{end - start:.1f}" height="{_BAR}" '
                     f'fill="{colour}"/>')
        parts.append(_text(end + 4, y + _BAR - 2, f"{value:.2f}×") if value >= 1 else
                     _text(start - 4, y + _BAR - 2, f"{value:.2f}×", anchor="end"))
    parts += [_line(across(1), bottom, f'stroke="{_INK}"'),
              _line(across(goal), bottom, f'stroke="{_INK}" stroke-dasharray="4 3"')]
    return parts


def _ticks(lowest, highest):
    """Round values between the two, at most about six."""
    factors = (1, 2, 5) if highest / lowest < 100 else (1,)
    powers = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    every = (factor * 10.0 ** power for power in powers for factor in factors)
    return [tick for tick in every if lowest <= tick <= highest]


def _line(x, bottom, style):
    return f'<line x1="{x:.1f}" y1="{_TOP - 8}" x2="{x:.1f}" y2="{bottom}" {style}/>'


def _text(x, y, text, anchor="start", size=11):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
            f"{html.escape(text)}</text>")
