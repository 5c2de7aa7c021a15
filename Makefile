# Две главные команды: make demo (всё от установки до отчётов) и make test. Windows без make: см. README.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONUTF8 = 1

# Tests that fork reports off a warm process run apart from those that compile Typst in their own process: the compiler
# does not survive a fork (oko_lib/report/typst_state.py).
FORKING := tests/batch tests/cli tests/end_to_end

# Two processes, each with half of the tests in their order: what a module's tests share is made once, not in both.
# Whichever ends first takes over from the other.
TWO := -n 2 --dist worksteal

# Tests in a browser are a group of their own: Playwright runs a loop in the process of the tests and others there start
# loops of their own. One process: beside it run a server, its kernels and Chromium. In CI, which sets the variable, the
# browser must be there; elsewhere its tests say that they are skipped where it is not.
BROWSER := tests/browser
TOOLS := --tool pdftoppm=poppler-utils $(if $(OKO_REQUIRE_BROWSER),--tool chromium=chromium)

# Municipalities whose reports the demo builds: a town, two districts, the district of the three villages.
DEMO_PLACES := reg99_m003 reg99_m005 reg99_m009 reg99_m010

.PHONY: demo test lint format install lock docs bench clean help

help:
	@echo "make demo   — установить, создать учебный регион, загрузить его файлы, построить отчёты"
	@echo "make test   — установить и выполнить все проверки"
	@echo "make lint   — проверить оформление кода и тетрадей;  make format — исправить оформление"
	@echo "make lock   — пересобрать requirements.lock;  make docs — пересобрать словарь данных"
	@echo "make bench  — измерить скорость;  make clean — удалить всё построенное, кроме данных"

install:
	@$(PYTHON) .ci/bootstrap.py

demo: install
	@$(BIN)/oko demo
	@$(BIN)/oko ingest data/raw || echo "(В учебном регионе нарочно есть файл, который не опознаётся: так бывает и в жизни.)"
	@$(BIN)/oko run --region --no-schools $(DEMO_PLACES:%=--municipality %)
	@echo "Смотреть: outputs/<год>/index.html. Остальные муниципалитеты и профили школ: $(BIN)/oko run --all; дальше: $(BIN)/oko lab"

# Two processes that each used both processors would only get in each other's way.
test: export OMP_NUM_THREADS = 1
test: export OPENBLAS_NUM_THREADS = 1
test:
	@$(PYTHON) .ci/bootstrap.py $(TOOLS)
	@$(BIN)/python -m pytest $(TWO) $(FORKING:%=--ignore=%) --ignore=$(BROWSER)
	@$(BIN)/python -m pytest $(TWO) $(FORKING)
	@$(BIN)/python -m pytest $(BROWSER)

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python .ci/notebook_hygiene.py notebooks

format: install
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# One lock for Linux, Windows and macOS and every Python the project allows; no addresses of indexes in it.
lock: install
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --quiet --output-file requirements.lock

docs: install
	@$(BIN)/python -m oko_lib.tables.dictionary docs/data_dictionary.md

bench: install
	@set -e; for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

clean:
	@rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	@find outputs -mindepth 1 ! -name README.md -delete
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
