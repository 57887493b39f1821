# The targets of the book; `make help` lists them.
PYTHON ?= python3
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
# By the environment's own Python: the path in a script's first line is another one where the
# folder was moved, and is cut at a space.
RUN := $(BIN)/python -m
# The tests that need neither the site, nor a browser, nor a notebook to be run.
QUICK := tests/test_notebooks.py tests/test_portable.py tests/test_functions.py tests/test_tries.py tests/test_locks.py tests/test_address.py

# Python keeps its compiled modules, even where the system says not to: without
# them each notebook would compile PyTorch anew, for seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help book notebooks check test format bench forms mutate pdf run-times serve lock clean clean-room test-matrix vendor worlds
.DELETE_ON_ERROR:

help:  ## list the targets
	@awk -F ':.*## *' '/^[a-z-]+:.*##/ {printf "%-13s%s\n", $$1, $$2}' Makefile

book: .venv/book  ## build the HTML book and say where to open it
	@$(RUN) web.build

notebooks: .venv/test  ## bring each notebook in step with its page; run what changed
	@$(RUN) generator.notebooks $(PAGES)

check: .venv/test  ## the quick tests, while writing: pages, notebooks, exercises, style of the code
	@$(RUN) ruff check --quiet . && $(RUN) ruff format --check --quiet .
	@$(RUN) pytest --quiet -m 'not training' $(QUICK)

test: book .venv/test  ## run every notebook again, compare all outputs, check the book
	@$(RUN) ruff check --quiet . && $(RUN) ruff format --check --quiet .
	@$(RUN) pytest

forms: book .venv/test  ## judge 1,280 answers of readers on the pages and by PyTorch; minutes
	@$(RUN) checks.practice $(PAGES)

format: .venv/test  ## format the Python code and mend what can be mended
	@$(RUN) ruff check --quiet --fix . && $(RUN) ruff format --quiet .

clean-room: .venv/test  ## run each notebook alone, with only what Colab has (PAGES=... for some)
	@$(RUN) checks.clean_room $(PAGES)

test-matrix: .venv/test .venv-oldest/test .venv-colab/test  ## compare on each instruction set, with 1 and 2 threads, other versions, noise
	@$(RUN) checks.matrix $(PAGES)

run-times: .venv/test .venv-colab/test  ## measure how long each notebook runs; minutes on an idle machine
	@$(RUN) checks.run_times $(PAGES)

worlds: .venv/test  ## run make book and make test in folders, locales, homes and Pythons of other people
	@$(RUN) checks.worlds $(WORLDS)

bench: .venv/test  ## measure the book's code against the usual way; minutes on an idle machine
	@$(RUN) checks.speed.measure

mutate: .venv/test  ## change the code one thing at a time and count what the outputs catch; an hour
	@$(RUN) checks.mutation $(PAGES)

pdf: book .venv/test  ## print the book, exercise sheets and the answers as PDF, with Chromium; minutes
	@$(RUN) web.pdf

serve: .venv/test conf.py  ## show the book at localhost:8000 and follow each change
	@$(RUN) sphinx_autobuild --pre-build "$(RUN) generator.notebooks" \
	  --ignore "*.ipynb*" --ignore "*/_build/*" --ignore "*/.venv*/*" \
	  -n -d _build/.doctrees . _build/html

lock: .venv/uv  ## choose the newest allowed versions and lock them with hashes
	@for name in requirements/uv requirements/book requirements/test .binder/requirements \
	  requirements/oldest requirements/colab; do \
	  case $$name in \
	    */test) within=requirements/book.txt;; \
	    .binder/*) within=requirements/test.txt;; \
	    *) within=;; \
	  esac; \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	    --generate-hashes --no-annotate --no-emit-index-url $${within:+--constraint $$within} \
	    --output-file $$name.txt $$name.in || exit 1; \
	done

vendor: .venv/book  ## fetch anew what the search and the practice in the page run on, with npm
	@$(RUN) web.renew

clean:  ## remove what was built and installed, but no data
	rm -rf _build .venv .venv-oldest .venv-colab conf.py data/FashionMNIST/raw/*-ubyte

conf.py: .venv/book _config.yml
	@$(BIN)/python -c 'from jupyter_book.cli.main import main; main()' config sphinx .

# Each environment is a stamp in .venv: the installer, the book's, the tests'. pip is kept from
# putting uv elsewhere, as a person's settings may say; a tool that does not run has no stamp.
.venv/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("The book needs Python 3.11 or newer: make PYTHON=...")'
	@$(PYTHON) -m venv $(if $(wildcard $@),,--clear) .venv
	@unset PIP_TARGET PIP_PREFIX PIP_ROOT; PIP_USER=0 $(RUN) pip install --quiet \
	  --disable-pip-version-check --require-hashes --requirement $<
	@$(BIN)/uv --version > $@

.venv/book: requirements/book.txt .venv/uv
.venv/test: requirements/test.txt .venv/book
.venv/book .venv/test:
	@echo "Installing $<"
	@# Where an installation was killed, packages seem complete that are not.
	@again=$$(test ! -e $@.part || echo --reinstall); touch $@.part; $(BIN)/uv pip install --quiet \
	  $$again --python $(BIN)/python --require-hashes --requirement $<
	@mv $@.part $@

# Environments of their own, since two versions of PyTorch cannot share one.
.venv-%/test: requirements/%.txt .venv/uv
	@echo "Installing $<"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-$*
	@$(BIN)/uv pip install --quiet --python .venv-$* --require-hashes --requirement $<
	@touch $@
