#!/usr/bin/env python3
"""Makes the pictures in this folder from the real program: `python3 screenshots/make.py target/release/callboard`.

Starts `callboard demo` in a pseudo-terminal for each picture, types the keys, waits for a text to appear, and paints
what the terminal shows. Needs pyte and pillow (see requirements.txt) and the DejaVu Sans Mono font.

    make.py BINARY                          every picture
    make.py BINARY calls detail-80x24       some of them
    make.py BINARY --themes all             one picture of each theme, theme-NAME-80x24.png
    make.py BINARY help events --themes dark,ansi,none --sheet /tmp/sheet.png
                                            these pictures in these themes, side by side on one sheet; `none` is
                                            without colours
"""

import argparse
import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time

import pyte
from PIL import Image, ImageDraw, ImageFont

HERE = pathlib.Path(__file__).parent
FONTS = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono%s.ttf"
CELL = (9, 19)
GROUND, INK = "#161a22", "#c8ccd4"
ANSI = {
    "black": "#161a22", "red": "#f07178", "green": "#8fbf7f", "brown": "#e0af68", "blue": "#7aa2f7",
    "magenta": "#b39df3", "cyan": "#73c0c9", "white": "#c8ccd4", "brightblack": "#7f8794", "brightred": "#ff8b92",
    "brightgreen": "#a9d39b", "brightbrown": "#f0c78a", "brightblue": "#9dbbff", "brightmagenta": "#c9b8ff",
    "brightcyan": "#94d6dd", "brightwhite": "#ffffff",
}

# A call that is spoken to, sent digits key by key, and bridged.
BUSY = ["?REC", 1.0, "/", 0.2, "1202", 0.2, "\r", 0.3, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 1.0, "d", 0.3, "1", "\r", 0.6,
        "d", 0.3, "2", "\r", 0.6, "C", 0.3, "\x14", 0.2, "1", 0.3, "\r", 7.0]

# Not the demo, which keeps nothing, but the same floor as a service.
FLOOR = ["--context", "support", "--context", "renewal", "--context", "collect", "--context", "internal"]

# Name, size, keys with waits (a number is seconds, "?text" waits for a text), extra arguments, extra environment.
SHOTS = [
    ("calls", (80, 24), ["?REC", 3.0], [], {}),
    ("calls", (120, 36), ["?REC", 3.0], [], {}),
    ("hub", (120, 36), ["?OWNER", 9.0, "t", 0.3, "One moment please", 0.2, "\r", 1.5], ["--hub"], {}),
    ("calls", (200, 60), ["?REC", 1.0, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 2.0], [], {}),
    ("speak", (80, 24), ["?REC", 1.0, "t", 0.3, "\x14", 0.2, "1", 0.5], [], {}),
    ("speak", (120, 36), ["?REC", 1.0, "t", 0.3, "\x14", 0.2, "1", 0.5], [], {}),
    ("speaking", (120, 36), ["?REC", 1.0, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 3.0], [], {}),
    ("detail", (80, 24), ["?REC", 1.0, "d", 0.3, "1234#", 0.2, "\r", 2.0, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 1.0, "2", 1.0], [], {}),
    ("detail", (120, 36), ["?REC", 1.0, "d", 0.3, "1234#", 0.2, "\r", 2.0, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 1.0, "2", 1.0], [], {}),
    ("events", (80, 24), ["?REC", 6.0, "4", 0.5], [], {}),
    ("events", (120, 36), ["?REC", 6.0, "4", 0.5], [], {}),
    ("flow", (80, 24), [*BUSY, "3", 0.5], [], {}),
    ("flow", (120, 36), [*BUSY, "3", 0.5], [], {}),
    ("flow", (200, 60), [*BUSY, "3", 0.5], [], {}),
    ("hand-over", (80, 24), [*BUSY, "E", "h", 0.5], [], {}),
    ("wall", (80, 24), ["?REC", 6.0, "5", 1.0], [], {}),
    ("wall", (120, 36), ["?REC", 6.0, "5", 1.0], [], {}),
    ("wall", (200, 60), ["?REC", 6.0, "5", 1.0], [], {}),
    ("alerts", (80, 24), ["?REC", 16.0, "7", 0.3, "K", "Z", "1", "w", "e", "7", 7.0], [], {}),
    ("alerts", (120, 36), ["?REC", 16.0, "7", 0.3, "K", "Z", "1", "w", "e", "7", 7.0], [], {}),
    ("alerts", (200, 60), ["?REC", 16.0, "7", 0.3, "K", "Z", "1", "w", "e", "7", 7.0], [], {}),
    ("filter", (80, 24), ["?REC", 1.0, "/", 0.2, "state:ans ctx:", 0.5], [], {}),
    ("results", (80, 24), ["?REC", 1.0, "*", 0.2, "1", 0.2, "H", 0.3, "5", 0.1, "\r", 4.5], [], {}),
    ("palette", (80, 24), ["?REC", 1.0, "\x10", 0.2, "rec", 0.5], [], {}),
    ("amd", (80, 24), ["?REC", 20.0, "V", 0.2, "2", 1.0], [], {}),
    ("acts", (80, 24), [*BUSY, "6", 0.5], [], {}),
    ("help", (80, 24), ["?REC", 1.0, "?", 0.5], [], {}),
    ("help", (120, 36), ["?REC", 1.0, "?", 0.5], [], {}),
    ("reason", (80, 24), ["?REC", 1.0, "H", 0.5], [], {}),
    ("past", (80, 24), ["?REC", 8.0, "b", 1.0, "(", 0.5, " ", 2.0], FLOOR, {}),
    ("ansi", (80, 24), ["?REC", 2.0], [], {"TERM": "linux", "COLORTERM": ""}),
]


# The picture of a theme.
THEMED = ("calls", (80, 24), ["?REC", 1.0, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 2.0, "\t", "\t", 0.5], [], {})


class Screen(pyte.Screen):
    """A screen that knows dim text too; it is kept as `blink`, which nobody uses."""

    def select_graphic_rendition(self, *attrs, **kwargs):
        given, attrs = list(attrs), []
        while given:
            code = given.pop(0)
            if code in (38, 48):
                # What follows says which colour.
                count = {5: 2, 2: 4}.get(given[0] if given else None, 0)
                attrs += [code, *given[:count]]
                del given[:count]
            else:
                attrs += {2: [5], 22: [22, 25]}.get(code, [code])
        super().select_graphic_rendition(*attrs, **kwargs)


class Terminal:
    def __init__(self, argv, size, env):
        self.columns, self.rows = size
        self.screen = Screen(self.columns, self.rows)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # A home of its own: what the user has configured, and how he left the console, is in no picture.
            os.environ.update({"HOME": tempfile.mkdtemp(), "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "TZ": "UTC", **env})
            os.execv(argv[0], argv)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def run(self, seconds, until=None):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.fd], [], [], 0.05)
            if ready:
                try:
                    self.stream.feed(os.read(self.fd, 65536))
                except OSError:
                    return False
            if until and any(until in line for line in self.screen.display):
                return True
        return until is None

    def play(self, steps):
        for step in steps:
            if isinstance(step, float):
                self.run(step)
            elif step.startswith("?") and len(step) > 1:
                if not self.run(20, step[1:]):
                    raise SystemExit(f"{step[1:]!r} never appeared:\n" + "\n".join(self.screen.display))
                if step == "?REC":
                    # Leaves the tour.
                    os.write(self.fd, b"\x1b")
                    self.run(0.5)
            else:
                os.write(self.fd, step.encode())

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def colour(name, fallback):
    if name == "default":
        return fallback
    return ANSI.get(name) or (f"#{name}" if len(name) == 6 else fallback)


def mix(one, other, share):
    parts = [(int(one[i:i + 2], 16), int(other[i:i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in parts)


# Which halves of a cell the light box-drawing lines take: left, right, up, down.
BOX = {
    "─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "rud", "┤": "lud", "┬": "lrd", "┴": "lru",
    "┼": "lrud",
}


def paint(screen):
    width, height = CELL
    edge = colour(screen.buffer[screen.lines - 1][0].bg, GROUND)
    image = Image.new("RGB", (screen.columns * width + 20, screen.lines * height + 20), edge)
    draw = ImageDraw.Draw(image)
    fonts = {
        (bold, italic): ImageFont.truetype(FONTS % (f"-{style}" if style else ""), 15)
        for (bold, italic), style in {
            (False, False): "", (True, False): "Bold", (False, True): "Oblique", (True, True): "BoldOblique",
        }.items()
    }
    for y in range(screen.lines):
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            ink, ground = colour(cell.fg, INK), colour(cell.bg, GROUND)
            if cell.blink:
                ink = mix(ink, ground, 0.55)
            if cell.reverse:
                ink, ground = ground, ink
            left, top = 10 + x * width, 10 + y * height
            if ground != edge:
                draw.rectangle([left, top, left + width - 1, top + height - 1], fill=ground)
            if cell.data in BOX:
                box(draw, BOX[cell.data], left, top, ink)
            elif cell.data.strip():
                draw.text((left, top + 1), cell.data, font=fonts[bool(cell.bold), bool(cell.italics)], fill=ink)
            if cell.underscore:
                draw.line([left, top + height - 2, left + width - 1, top + height - 2], fill=ink)
    return image


def box(draw, halves, left, top, ink):
    width, height = CELL
    x, y = left + width // 2, top + height // 2
    for half in halves:
        end = {"l": (left, y), "r": (left + width, y), "u": (x, top), "d": (x, top + height)}[half]
        draw.line([(x, y), end], fill=ink)


def picture(binary, shot, theme):
    _, size, steps, arguments, env = shot
    if theme == "none":
        arguments = [*arguments, "--no-color"]
    elif theme:
        arguments = [*arguments, "--theme", theme]
    service = None
    if arguments[:len(FLOOR)] == FLOOR:
        service = subprocess.Popen([binary, "sim", "--scenario", "floor"], stdout=subprocess.PIPE, text=True)
        url = json.loads(service.stdout.readline())["url"]
        arguments = ["--host", url, *arguments]
        env = {"SIGNALWIRE_PROJECT_ID": "project", "SIGNALWIRE_API_TOKEN": "token", **env}
    else:
        arguments = ["demo", *arguments]
    terminal = Terminal([binary, *arguments], size, env)
    try:
        terminal.play(steps)
        return paint(terminal.screen)
    finally:
        terminal.close()
        if service:
            service.terminate()
            service.wait()


def sheet(rows, path):
    """Pictures in rows, each with its name above."""
    font = ImageFont.truetype(FONTS % "", 15)
    width = max(sum(image.width + 10 for _, image in row) for row in rows)
    height = sum(max(image.height for _, image in row) + 30 for row in rows)
    whole = Image.new("RGB", (width, height), "#808080")
    draw, top = ImageDraw.Draw(whole), 0
    for row in rows:
        left = 0
        for name, image in row:
            draw.text((left + 5, top + 5), name, font=font, fill="#ffffff")
            whole.paste(image, (left, top + 28))
            left += image.width + 10
        top += max(image.height for _, image in row) + 30
    whole.save(path)


def themes_of(binary, wanted):
    if wanted != "all":
        return wanted.split(",")
    listed = subprocess.run([binary, "themes"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in listed.splitlines() if line.endswith(" bundled")]


def main():
    parser = argparse.ArgumentParser(description="Makes pictures of the console.")
    parser.add_argument("binary")
    parser.add_argument("pictures", nargs="*", help="NAME or NAME-WIDTHxHEIGHT; all of them without any")
    parser.add_argument("--themes", help="all, or names with commas between them")
    parser.add_argument("--sheet", help="where to put one picture of all, in place of many")
    parser.add_argument("--columns", type=int, default=3, help="pictures in a row of the sheet")
    asked = parser.parse_args()
    binary = os.path.abspath(asked.binary)
    themes = themes_of(binary, asked.themes) if asked.themes else [None]
    if asked.themes and not asked.pictures:
        shots = [THEMED]
    else:
        names = asked.pictures
        shots = [shot for shot in SHOTS if not names or shot[0] in names or label(shot) in names]
    made = []
    for shot in shots:
        for theme in themes:
            name = f"theme-{theme}-{shot[1][0]}x{shot[1][1]}" if shot is THEMED else label(shot)
            image = picture(binary, shot, theme)
            if asked.sheet:
                made.append((f"{label(shot)} {theme or ''}", image))
            else:
                image.save(HERE / f"{name}.png", optimize=True)
            print(name, theme or "")
    if asked.sheet:
        sheet([made[i:i + asked.columns] for i in range(0, len(made), asked.columns)], asked.sheet)


def label(shot):
    return f"{shot[0]}-{shot[1][0]}x{shot[1][1]}"


if __name__ == "__main__":
    main()
