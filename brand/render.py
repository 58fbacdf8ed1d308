"""Render the drawings beside this file to the pictures that Home Assistant shows: `scripts/brand`.

Needs playwright and Pillow (both in .venv-demo) and a Chromium. A drawing carries its colours for a light and
for a dark background itself. Each picture carries the checksum of its drawing, so that a test without a
browser sees when one was forgotten.
"""  # noqa: INP001  # a command, not a package

import hashlib
from io import BytesIO
from pathlib import Path
import shutil
import sys
from typing import Literal
import xml.etree.ElementTree as ET

from PIL import Image, PngImagePlugin
from playwright.sync_api import Browser, sync_playwright

_HERE = Path(__file__).parent
_PICTURES = _HERE.parent / "custom_components" / "emucs_p1" / "brand"

type Scheme = Literal["light", "dark"]

_SCHEMES: dict[str, Scheme] = {"": "light", "dark_": "dark"}
_SCALES = {"": 1, "@2x": 2}


def _render(browser: Browser, drawing: Path, scheme: Scheme, scale: int) -> bytes:
    """Return a PNG of a drawing, in pixels its viewBox times the scale, on nothing."""
    text = drawing.read_text()
    *_, width, height = map(int, ET.fromstring(text).attrib["viewBox"].split())  # noqa: S314  # ours
    page = browser.new_page(
        viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=scheme
    )
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{text}")
    shot = page.screenshot(omit_background=True)
    page.close()
    return shot


def main() -> None:
    """Write every picture of every drawing."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no chromium on PATH.")
    _PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        # The sandbox needs rights that containers do not give; what is drawn here is ours.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for drawing in sorted(_HERE.glob("*.svg")):
            said = PngImagePlugin.PngInfo()
            said.add_text("Source", hashlib.sha256(drawing.read_bytes()).hexdigest())
            for dark, scheme in _SCHEMES.items():
                for double, scale in _SCALES.items():
                    shot = _render(browser, drawing, scheme, scale)
                    path = _PICTURES / f"{dark}{drawing.stem}{double}.png"
                    Image.open(BytesIO(shot)).save(path, optimize=True, pnginfo=said)
        browser.close()


main()
