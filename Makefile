# The targets of the book; `make help` lists them.
PYTHON ?= python3
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
SOURCES := $(wildcard *.md *.yml _ext/* _static/* _templates/* _templates/*/* chapters/* \
  solutions/* explorables/* benchmarks/figures.py benchmarks/results/* mutation/*.* \
  checks/status.py checks/results/* requirements/*.txt data/FashionMNIST/raw/*.gz tests/tries/* \
  .github/workflows/* compare_figures.py tables.py)

# Python keeps its compiled modules, even where the system says not to: without
# them each notebook would compile PyTorch anew, for seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help book notebooks test bench mutate pdf serve lock clean clean-room test-matrix
.DELETE_ON_ERROR:

help:  ## list the targets
	@awk -F ':.*## *' '/^[a-z-]+:.*##/ {printf "%-13s%s\n", $$1, $$2}' Makefile

book: _build/book  ## build the HTML book and say where to open it
	@echo "The book: file://$(CURDIR)/_build/html/index.html"

notebooks: .venv/test  ## bring each notebook in step with its page; run what changed
	@$(BIN)/python notebooks.py

test: book .venv/test  ## run every notebook again, compare all outputs, check the book
	@$(BIN)/pytest

clean-room: .venv/test  ## run each notebook alone, with only what Colab has (PAGES=... for some)
	@$(BIN)/python -m checks.clean_room $(PAGES)

test-matrix: .venv/test .venv-oldest/test  ## compare on each instruction set, 1 and 2 threads, 2 versions of PyTorch, with noise: 14 runs
	@$(BIN)/python -m checks.matrix $(PAGES)

bench: .venv/test  ## measure the book's code against the usual way; ten minutes on an idle machine
	@$(BIN)/python benchmarks/measure.py

mutate: .venv/test  ## change the code one thing at a time, count what is caught; ALL=1 takes days
	@$(BIN)/python mutation/mutate.py $(if $(ALL),--all)

pdf: book .venv/test  ## print the whole book into one PDF, with Chromium; a minute or two
	@$(BIN)/python printing/pdf.py

serve: .venv/test conf.py  ## show the book at localhost:8000 and follow each change
	@PYTHONPATH=_ext $(BIN)/sphinx-autobuild --pre-build "$(BIN)/python notebooks.py" \
	  --ignore "*.ipynb*" --ignore "*/_build/*" --ignore "*/.venv*/*" \
	  -n -d _build/.doctrees . _build/html

lock: .venv/uv  ## choose the newest allowed versions and lock them with hashes
	@for name in requirements/uv requirements/book requirements/test .binder/requirements \
	  requirements/oldest; do \
	  case $$name in \
	    */test) within=requirements/book.txt;; \
	    .binder/*) within=requirements/test.txt;; \
	    *) within=;; \
	  esac; \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	    --generate-hashes --no-annotate --no-emit-index-url $${within:+--constraint $$within} \
	    --output-file $$name.txt $$name.in || exit 1; \
	done

clean:  ## remove what was built and installed, but no data
	rm -rf _build .venv .venv-oldest conf.py data/FashionMNIST/raw/*-ubyte

_build/book: .venv/book $(SOURCES)
	@$(BIN)/python notebooks.py --check
	@# What a build that was killed left behind would be taken for finished.
	@test -e $@ || rm -rf _build
	@rm -f $@
	@# Sphinx does not see that our code for it changed; then it must write all pages.
	@$(BIN)/jupyter-book build --quiet --warningiserror --nitpick --keep-going \
	  $(if $(filter _ext/% _templates/%,$?),--all) .
	@touch $@

conf.py: .venv/book _config.yml
	@$(BIN)/jupyter-book config sphinx .

# Each environment is a stamp in .venv: the installer, the book's, the tests'.
.venv/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("The book needs Python 3.11 or newer: make PYTHON=...")'
	@$(PYTHON) -m venv $(if $(wildcard $@),,--clear) .venv
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement $<
	@touch $@

.venv/book: requirements/book.txt .venv/uv
.venv/test: requirements/test.txt .venv/book
.venv/book .venv/test:
	@echo "Installing $<"
	@# Where an installation was killed, packages seem complete that are not.
	@again=$$(test ! -e $@.part || echo --reinstall); touch $@.part; $(BIN)/uv pip install --quiet \
	  $$again --python $(BIN)/python --require-hashes --requirement $<
	@mv $@.part $@

# A second environment, since two versions of PyTorch cannot share one.
.venv-oldest/test: requirements/oldest.txt .venv/uv
	@echo "Installing $<"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-oldest
	@$(BIN)/uv pip install --quiet --python .venv-oldest --require-hashes --requirement $<
	@touch $@
