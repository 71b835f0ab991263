# Everything runs through .venv/bin/python, so that a path with a space in it works too.
PYTHON ?= python3
PORT ?= 8000
PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help env book serve site audit test browser screenshots run bench lint repository clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

env:  ## make or refresh .venv from requirements.txt (the other targets do it for you)
	@sh book/_tools/env.sh "$(PYTHON)"

book: env  ## build the site into _build/html
	@$(PY) book/_tools/build.py

serve: book  ## build the site and serve it on localhost (PORT=8000)
	@$(PY) book/_tools/serve.py --port "$(PORT)"

site: env  ## the same for a host, in _build/site, with a smaller Plotly (needs npm)
	@$(PY) book/_tools/finish.py

audit: env  ## weigh every page, let Lighthouse judge three, write book/audit.txt (needs npm and Chromium)
	@$(PY) book/_tools/audit.py

test: env  ## lint, unit tests, every notebook, the site, its pages, also in a browser
	@$(PY) book/_tools/check.py

browser: env  ## find a browser for the tests, or install one (Chromium)
	@$(PY) book/_tools/browser.py

screenshots: book  ## a picture of every page, wide and narrow, light and dark (PAGES="intro 03" for some)
	@$(PY) book/_tools/screenshots.py $(PAGES)

lint: env  ## lint only
	@$(PY) book/_tools/check.py lint

run: env  ## run all notebooks again, in place (CHAPTERS="03 05" for some of them)
	@$(PY) book/_tools/execute.py $(CHAPTERS)

bench: env  ## measure against PyTorch, SciPy and others (OPTIONS="--quick" for under a minute, --help for more)
	@$(PY) -c "import torch, tqdm" 2>/dev/null || $(PY) -m pip install --quiet "torch==2.13.0" tqdm
	@$(PY) benchmarks/run.py $(OPTIONS)

repository:  ## show the repository's address, or set it everywhere: URL=https://github.com/OWNER/NAME
	@"$(PYTHON)" book/_tools/repository.py $(if $(URL),"$(URL)")

clean:  ## remove what was built (the environment stays)
	rm -rf _build build .pytest_cache .ruff_cache
