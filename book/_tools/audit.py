"""Weigh every page and let Lighthouse judge three, on the finished site served as a host would.

Writes what was measured to book/audit.txt, which the page "How this book is checked" includes. Ends with an error if a
budget is broken. Needs npm (for Lighthouse and the small Plotly) and Chromium (`make browser`). Run it on a machine
that does nothing else: Lighthouse slows the processor down fourfold and times the page.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import browsing
import build
import finish
import npm
import serve
from project import BOOK, SITE, pages
from tqdm import tqdm

RESULT = BOOK / "audit.txt"
JUDGED = ("intro", "03-index-windows", "14-gradients-whole-layer")
WANTED = {"performance": 90, "accessibility": 100, "best-practices": 100, "seo": 100}
TIMES = {
    "first-contentful-paint": "first text",
    "largest-contentful-paint": "largest part",
    "total-blocking-time": "blocked",
    "cumulative-layout-shift": "shift",
}
BUDGET = {    # kB, compressed; the first two of the finished site, then of a plain `make book`
    "site": {"before a figure": 700, "whole page": 1300, "second page": 200},
    "html": {"before a figure": 700, "whole page": 2600, "second page": 200},
}


# Weight ---------------------------------------------------------------------------------------------------------------


class Scales:
    """Bytes that came over the line to a page since the last look."""

    def __init__(self, page):
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self.add)

    def add(self, event):
        self.bytes += event["encodedDataLength"]

    def read(self):
        """In kB, from zero again."""
        self.bytes, kilobytes = 0, self.bytes / 1000
        return round(kilobytes, 1)


def weigh(chromium, host, page, earlier):
    """kB of a first visit to a page before the reader moves, of the whole page, and of a visit after another page."""
    with browsing.opened(chromium, "about:blank", host=host, **browsing.PHONE) as view:
        scales = Scales(view)
        view.goto(f"{host}/{page}.html", wait_until="networkidle")
        before = scales.read()
        whole = before + settled(view, scales)
    with browsing.opened(chromium, f"{host}/{earlier}.html", **browsing.PHONE) as view:
        scales = Scales(view)
        settled(view, scales)
        view.goto(f"{host}/{page}.html", wait_until="networkidle")
        second = settled(view, scales)
    return {"before a figure": before, "whole page": round(whole, 1), "second page": second}


def settled(view, scales):
    """kB until every figure is drawn."""
    browsing.settle(view)
    view.wait_for_load_state("networkidle")
    return scales.read()


def weights(folder):
    """page -> kB. The earlier page is the first one, for the first one the next."""
    first, second, *_ = every = pages()
    with browsing.browser() as chromium, serve.served(folder, serve.Host) as host:
        bar = tqdm(every, desc=f"Weighing {folder.name}", unit="page")
        return {page: weigh(chromium, host, page, second if page == first else first) for page in bar}


# Lighthouse -----------------------------------------------------------------------------------------------------------


def lighthouse(modules, chromium, address):
    """Scores from 0 to 100 by category, and the times behind the first, as a mobile device."""
    command = ["node", str(modules / "lighthouse/cli/index.js"), address, "--output=json", "--quiet"]
    flags = " ".join(["--headless", *browsing.FLAGS])
    environment = {**os.environ, "CHROME_PATH": chromium}
    run = subprocess.run([*command, f"--chrome-flags={flags}"], env=environment, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"Lighthouse failed on {address}:\n{run.stderr[-2000:]}")
    report = json.loads(run.stdout)
    scores = {name: round(100 * category["score"]) for name, category in report["categories"].items()}
    times = {words: report["audits"][name]["displayValue"].replace(" ", "\u00a0") for name, words in TIMES.items()}
    return {**scores, **times, "Lighthouse": report["lighthouseVersion"]}


def judgements(folder, runs):
    """page -> the run of median performance"""
    with browsing.browser() as started:
        chromium = started.program
    modules, results = npm.modules(), {}
    with serve.served(folder, serve.Host) as host:
        for page in tqdm([page for page in JUDGED for _ in range(runs)], desc="Lighthouse", unit="run"):
            results.setdefault(page, []).append(lighthouse(modules, chromium, f"{host}/book/{page}.html"))
    return {page: sorted(found, key=lambda one: one["performance"])[runs // 2] for page, found in results.items()}


# Result ---------------------------------------------------------------------------------------------------------------


def broken(weight, judged):
    """A sentence for each budget that is exceeded and each score that is too low."""
    for kind, budget in BUDGET.items():
        for page, kilobytes in weight[kind].items():
            for name, most in budget.items():
                if kilobytes[name] > most:
                    yield f"{kind}, {page}: {name} {kilobytes[name]} kB, at most {most} kB"
    for page, scores in judged.items():
        for name, least in WANTED.items():
            if scores[name] < least:
                yield f"{page}: {name} {scores[name]}, at least {least}"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def report(weight, judged, machine):
    """What the page shows."""
    names = [*WANTED, *TIMES.values()]
    scores = table(["", *judged], [[name, *(found[name] for found in judged.values())] for name in names])
    rows = []
    for kind, words in {"site": "`make site`", "html": "`make book`"}.items():
        for name, most in BUDGET[kind].items():
            page = max(weight[kind], key=lambda page: weight[kind][page][name])
            rows.append([words, name, page.removeprefix("book/"), f"{weight[kind][page][name]:,.0f}", f"{most:,}"])
    weights = table(["site", "weighed", "heaviest page", "kB", "at most"], rows)
    return f"{machine}\n\n{scores}\n\n{weights}\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="Lighthouse runs a page, of which the median counts (3)")
    options = parser.parse_args(arguments)
    build.main([])
    folder = finish.finish()
    weight = {"site": weights(folder), "html": weights(SITE)}
    judged = judgements(folder, options.runs)
    version = next(iter(judged.values()))["Lighthouse"]
    machine = (
        f"Measured on {datetime.date.today()} on {platform.system()} {platform.machine()} with {os.cpu_count()} cores, "
        f"by Lighthouse {version} with its mobile preset, of {options.runs} runs the one of median performance."
    )
    RESULT.write_text(report(weight, judged, machine), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))
    if faults := list(broken(weight, judged)):
        raise SystemExit("\n".join(["Short of the mark:", *faults]))


if __name__ == "__main__":
    main()
