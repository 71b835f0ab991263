"""Show the repository's address, or set it: every file that mentions it follows.

The one place is `repository: url:` in _config.yml. The setup cell of each chapter, the README, pyproject.toml and
the pages of the book are rewritten to agree with it. Either all files change or none does.
"""

import argparse
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from project import ROOT, repository_url

FOLLOWERS = ("_config.yml", "README.md", "pyproject.toml", "book/*.ipynb", "book/*.md")
OWNER = r"(?P<owner>[A-Za-z\d](?:-?[A-Za-z\d]){0,38})"    # no hyphen at an end, never two together
ADDRESS = re.compile(rf"https://github\.com/{OWNER}/(?P<name>[\w.-]{{1,100}})", re.ASCII)


def parse(url):
    """OWNER/NAME of a GitHub address; ValueError if it is none."""
    match = ADDRESS.fullmatch(url.removesuffix("/").removesuffix(".git"))
    if not match or match["name"] in (".", "..") or len(match["owner"]) > 39:
        raise ValueError(f"an address looks like https://github.com/OWNER/NAME, and this was given: {url!r}")
    return f"{match['owner']}/{match['name']}"


def rewritten(root, old, new):
    """{path: (text, number of places)} for every file that names the old repository."""
    place = re.compile(rf"(github\.com/|/github/){re.escape(old)}(?![\w-])")    # the second form: links to Colab
    changes = {}
    for pattern in FOLLOWERS:
        for path in sorted(root.glob(pattern)):
            text, count = place.subn(lambda match: match[1] + new, path.read_text(encoding="utf-8"))
            if count:
                changes[path] = text, count
    return changes


def write_all(texts):
    """Write every file or none: all new contents stand on the disk before the first old one goes."""
    parts = {path: path.with_name(path.name + ".part") for path in texts}
    try:
        for path, part in parts.items():
            part.write_text(texts[path], encoding="utf-8")
        for path, part in parts.items():
            os.replace(part, path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", help="https://github.com/OWNER/NAME; without it the present address is shown")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)

    present = repository_url(options.root)
    if not options.url:
        print(present)
        return
    try:
        new = parse(options.url)
    except ValueError as error:
        raise SystemExit(f"Nothing was changed: {error}") from None
    old = present.removeprefix("https://github.com/")
    if new == old:
        print(f"The address is already {present}")
        return
    changes = rewritten(options.root, old, new)
    write_all({path: text for path, (text, _) in changes.items()})
    for path, (_, count) in changes.items():
        print(f"{path.relative_to(options.root)}: {count} place{'s' if count > 1 else ''}")
    print(f"The address is now https://github.com/{new}")


if __name__ == "__main__":
    main()
