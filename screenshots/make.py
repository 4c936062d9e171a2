#!/usr/bin/env python3
"""Makes the pictures in this folder from the real program: `python3 screenshots/make.py target/release/callboard`.

Starts `callboard demo` in a pseudo-terminal for each picture, types the keys, waits for a text to appear, and paints
what the terminal shows. Needs pyte and pillow (see requirements.txt) and the DejaVu Sans Mono font.
"""

import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import sys
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

# Name, size, keys with waits (a number is seconds, "?text" waits for a text), extra arguments, extra environment.
SHOTS = [
    ("calls", (80, 24), ["?REC", 3.0], [], {}),
    ("calls", (120, 36), ["?REC", 3.0], [], {}),
    ("calls", (200, 60), ["?REC", 1.0, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 2.0], [], {}),
    ("speak", (80, 24), ["?REC", 1.0, "t", 0.3, "\x14", 0.2, "1", 0.5], [], {}),
    ("speak", (120, 36), ["?REC", 1.0, "t", 0.3, "\x14", 0.2, "1", 0.5], [], {}),
    ("speaking", (120, 36), ["?REC", 1.0, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 3.0], [], {}),
    ("detail", (80, 24), ["?REC", 1.0, "d", 0.3, "1234#", 0.2, "\r", 2.0, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 1.0, "2", 1.0], [], {}),
    ("detail", (120, 36), ["?REC", 1.0, "d", 0.3, "1234#", 0.2, "\r", 2.0, "t", 0.3, "\x14", 0.2, "1", 0.2, "\r", 1.0, "2", 1.0], [], {}),
    ("events", (80, 24), ["?REC", 6.0, "4", 0.5], [], {}),
    ("events", (120, 36), ["?REC", 6.0, "4", 0.5], [], {}),
    ("help", (80, 24), ["?REC", 1.0, "?", 0.5], [], {}),
    ("help", (120, 36), ["?REC", 1.0, "?", 0.5], [], {}),
    ("ansi", (80, 24), ["?REC", 2.0], [], {"TERM": "linux", "COLORTERM": ""}),
]


class Terminal:
    def __init__(self, argv, size, env):
        self.columns, self.rows = size
        self.screen = pyte.Screen(self.columns, self.rows)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "TZ": "UTC", **env})
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


def paint(screen, path):
    width, height = CELL
    image = Image.new("RGB", (screen.columns * width + 20, screen.lines * height + 20), GROUND)
    draw = ImageDraw.Draw(image)
    fonts = {bold: ImageFont.truetype(FONTS % ("-Bold" if bold else ""), 15) for bold in (False, True)}
    for y in range(screen.lines):
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            ink, ground = colour(cell.fg, INK), colour(cell.bg, GROUND)
            if cell.reverse:
                ink, ground = ground, ink
            left, top = 10 + x * width, 10 + y * height
            if ground != GROUND:
                draw.rectangle([left, top, left + width - 1, top + height - 1], fill=ground)
            if cell.data.strip():
                draw.text((left, top + 1), cell.data, font=fonts[bool(cell.bold)], fill=ink)
            if cell.underscore:
                draw.line([left, top + height - 2, left + width, top + height - 2], fill=ink)
    image.save(path, optimize=True)


def main():
    binary = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:]
    for name, size, steps, arguments, env in SHOTS:
        file = HERE / f"{name}-{size[0]}x{size[1]}.png"
        if wanted and file.stem not in wanted and name not in wanted:
            continue
        terminal = Terminal([binary, "demo", *arguments], size, env)
        try:
            terminal.play(steps)
            paint(terminal.screen, file)
        finally:
            terminal.close()
        print(file.name)


if __name__ == "__main__":
    main()
