"""Draw a comment.md as GitHub would show it: `docs/comment.png`.

    python docs/make_picture.py [COMMENT.md] [PICTURE.png]

Needs markdown-it-py (of the dev extra) and a Chromium on the PATH.
"""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent
COMMENT = ROOT / "examples" / "taxi-broken" / ".gate" / "comment.md"
PICTURE = ROOT / "docs" / "comment.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH = 860  # pixels of the picture, at twice the density

PAGE = """\
<!doctype html>
<meta charset="utf-8">
<style>
  html { background: #fff; }
  body { margin: 12px; font: 14px/1.5 "Liberation Sans", Arial, sans-serif,
         "Noto Color Emoji"; color: #1f2328; }
  .box { border: 1px solid #d1d9e0; border-radius: 6px; }
  .who { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px;
         border-radius: 6px 6px 0 0; color: #59636e; }
  .who b { color: #1f2328; }
  .who i { font-style: normal; font-size: 12px; border: 1px solid #d1d9e0;
           border-radius: 2em; padding: 0 7px; margin-left: 4px; }
  .body { padding: 16px; }
  .body > :first-child { margin-top: 0; }
  .body > :last-child { margin-bottom: 0; }
  h2 { font-size: 21px; line-height: 1.25; margin: 24px 0 16px; padding-bottom: 6px;
       border-bottom: 1px solid #d1d9e0b3; }
  h3 { font-size: 17.5px; line-height: 1.25; margin: 24px 0 16px; }
  p, ul, table, pre, details { margin: 0 0 16px; }
  ul { padding-left: 2em; } ul ul { margin: 0; }
  table { border-collapse: collapse; display: block; }
  th, td { border: 1px solid #d1d9e0; padding: 6px 13px; }
  tr:nth-child(2n) td { background: #f6f8fa; }
  code { font: 85% "Liberation Mono", Consolas, monospace; background: #818b981f;
         padding: .2em .4em; border-radius: 6px; }
  pre { background: #f6f8fa; padding: 16px; border-radius: 6px; }
  pre code { background: none; padding: 0; }
  summary { cursor: pointer; }
</style>
<div class="box">
  <div class="who"><b>github-actions</b> <i>bot</i> commented 2 minutes ago</div>
  <div class="body">BODY</div>
</div>
<script>
  document.title = document.documentElement.getBoundingClientRect().height;
</script>
"""


def main(comment: Path = COMMENT, picture: Path = PICTURE) -> None:
    """Render, measure, and take the picture."""
    markdown = MarkdownIt("gfm-like", {"linkify": False})
    page = PAGE.replace("BODY", markdown.render(comment.read_text("utf-8")))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        file.write_text(page, "utf-8")
        dom = browse(file, "--dump-dom", f"--window-size={WIDTH},600")
        height = re.search(r"<title>([\d.]+)</title>", dom)
        assert height, "the page did not tell its height"
        size = f"--window-size={WIDTH},{math.ceil(float(height[1]))}"
        browse(file, f"--screenshot={picture}", size, "--force-device-scale-factor=2")


def browse(page: Path, *arguments: str) -> str:
    """Open a page in a Chromium without a window, and return what it prints."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not program:
        raise SystemExit(f"none of {', '.join(BROWSERS)} is on the PATH")
    done = subprocess.run(
        [program, "--headless", "--no-sandbox", "--hide-scrollbars"]
        + [*arguments, page.as_uri()],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
