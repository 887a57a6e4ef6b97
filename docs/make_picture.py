"""Draw the comment on a pull request as GitHub shows it: `docs/comment.png`.

    python docs/make_picture.py

The pull request adds a file to `examples/taxi-broken`. Needs the dev extra, and a
Chromium on the PATH.
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
EXAMPLE = ROOT / "examples" / "taxi-broken"
ADDED = "fares/report.py"  # by the pull request; the rest was there before
PICTURE = ROOT / "docs" / "comment.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTH = 980  # pixels of the page; the picture has half as many again

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


def main() -> None:
    """Judge, render, measure, and take the picture."""
    with tempfile.TemporaryDirectory() as folder:
        markdown = MarkdownIt("gfm-like", {"linkify": False})
        comment = judged(Path(folder, EXAMPLE.name))
        file = Path(folder, "page.html")
        file.write_text(PAGE.replace("BODY", markdown.render(comment)), "utf-8")
        dom = browse(file, "--dump-dom", f"--window-size={WIDTH},600")
        height = re.search(r"<title>([\d.]+)</title>", dom)
        assert height, "the page did not tell its height"
        size = f"--window-size={WIDTH},{math.ceil(float(height[1]))}"
        browse(file, f"--screenshot={PICTURE}", size)


def judged(root: Path) -> str:
    """The comment on a pull request that adds one file, in a repository at `root`."""

    def run(*command: str | Path, codes: tuple[int, ...] = (0,)) -> None:
        done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8")
        assert done.returncode in codes, done.stdout + done.stderr

    shutil.copytree(EXAMPLE, root, ignore=shutil.ignore_patterns(".*_cache", ".gate"))
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@b")
    run(*git, "init", "-q", "-b", "main")
    run(*git, "add", "-A", "--", ".", f":!{ADDED}")
    run(*git, "commit", "-q", "-m", "before")
    run(*git, "switch", "-q", "-c", "change")
    run(*git, "add", "-A")
    run(*git, "commit", "-q", "-m", "the change")
    gate = Path(sys.executable).with_name("gate")
    run(gate, "run", "--base", "main", "--python", sys.executable, codes=(1,))
    return (root / ".gate" / "comment.md").read_text("utf-8")


def browse(page: Path, *arguments: str) -> str:
    """Open a page in a Chromium without a window, and return what it prints."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not program:
        raise SystemExit(f"none of {', '.join(BROWSERS)} is on the PATH")
    done = subprocess.run(
        [program, "--headless", "--no-sandbox", "--hide-scrollbars"]
        + ["--force-device-scale-factor=1.5"]
        + [*arguments, page.as_uri()],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
