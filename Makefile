# On a fresh machine `make demo` and `make test` do everything, and install what they need first. CMake does the building.

BUILD := build
JOBS := $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
CMAKE_FLAGS :=
ifdef WARNINGS_ARE_ERRORS
CMAKE_FLAGS += -DSGTM_WERROR=ON
endif
ifeq ($(shell uname),Darwin)
CMAKE_FLAGS += -DOpenMP_ROOT=$(shell brew --prefix libomp 2>/dev/null)
endif
SOURCES = $(shell find src tests -name '*.hpp' -o -name '*.cpp')
CLANG_FORMAT = $(shell command -v clang-format-14 || command -v clang-format)
CLANG_TIDY = $(shell command -v run-clang-tidy-14 || command -v run-clang-tidy)
# Without the tool's name make would take the '-' of its first option as "ignore errors", and succeed.
need = @[ -n "$($(1))" ] || { echo "make $@: $(2) was not found on the path; name it with $(1)=PATH." >&2; exit 2; }

.PHONY: all deps deps-lint lint-format demo encyclopedia test test-slow verify bench figures figures-fields figures-full figures-bible figures-descriptions docs-test exercise-test slurm tsan fuzz libcxx mutants prose nightly lint format tidy sanitize clang clean

all:                       ## build/sgtm
	@cmake -S . -B $(BUILD) -DCMAKE_BUILD_TYPE=Release $(CMAKE_FLAGS) >$(BUILD).log 2>&1 || { cat $(BUILD).log; rm -f $(BUILD).log; echo "make: what is missing, make deps installs."; exit 1; }
	@rm -f $(BUILD).log
	@.ci/build $(BUILD) -j $(JOBS) --target sgtm
	@case "$(MAKECMDGOALS)" in ""|all) echo "$(BUILD)/sgtm is built. Next: make demo, make test, or $(BUILD)/sgtm --help";; esac

deps:                      ## install what the program needs (apt, dnf or brew)
	@.ci/deps

demo: deps all             ## train three models, cut the Spanish out of one, write runs/demo/report.html
	$(BUILD)/sgtm demo

encyclopedia: deps all     ## train four models on a made-up encyclopedia, forget biology, write runs/encyclopedia/report.html
	$(BUILD)/sgtm demo-fields

test: deps all             ## build and run all tests
	@.ci/build $(BUILD) -j $(JOBS)
	@cd $(BUILD) && ctest --output-on-failure -j $(JOBS)

verify: deps all           ## gradients, masks and invariants, held against everything that they can be held against
	$(BUILD)/sgtm verify gradients
	$(BUILD)/sgtm verify golden tests/golden/tiny tests/golden/middle
	$(BUILD)/sgtm verify invariants

bench: deps all            ## speed on this machine, and PyTorch's where it is (PEERS=1 installs it)
	@.ci/deps bench
	@tests/bench/run.sh $(BENCH)

FIGURES := undiscovered leakage absorption tradeoff gradient-norms rmu relearning token-losses variants \
           compute-penalty dual-model classifier-grid forget-share noise-structure sound-setting
FIELD_FIGURES := fields fields-tradeoff fields-compute fields-rmu fields-relearning fields-classifier fields-second \
                 entanglement fields-dual post-hoc
RUN = $(BUILD)/sgtm experiment run
# Tables of runs one after the other: a failed run doesn't keep the next table from beginning, Ctrl-C (130) ends all.
tables = status=0; for table in $(1); do echo "$(RUN) $$table $(FLAGS)"; $(RUN) $$table $(FLAGS) || status=$$?; \
         [ $$status != 130 ] || exit 130; done
# The experiment real-text, where its text is there or can be fetched: only Debian and Ubuntu have what fetches it.
bible = if [ -f runs/bible/bible.es.txt ] || command -v diatheke >/dev/null; then $(MAKE) figures-bible $(1) || status=$$?; \
        else echo "real-text is left out: it needs diatheke (Debian, Ubuntu: apt-get install diatheke)"; fi

figures: deps all          ## the paper's figures at small scale; goes on where it stopped
	@$(call tables,"$(FIGURES)" "scaling" "scaling --size 0.25M --seeds 5" "scaling --size 1M --seeds 1"); \
	 $(call bible); exit $$status

figures-fields: deps all   ## the figures of the encyclopedia and of forgetting afterwards, at 0.25M; goes on where it stopped
	$(RUN) $(FIELD_FIGURES) $(FLAGS)

figures-full: deps all     ## the whole table, up to 2.6M: days, as it tells first
	$(RUN) $(FIGURES) --size 1M --estimate
	$(RUN) real-text --size 1M --seeds 3 --estimate
	$(RUN) scaling compute-penalty learning-rates --size 2.6M --estimate
	$(RUN) $(FIELD_FIGURES) --size 1M --estimate
	@$(call tables,"$(FIGURES) --size 1M" "scaling compute-penalty learning-rates --size 2.6M" "$(FIELD_FIGURES) --size 1M"); \
	 $(call bible,REAL_TEXT="--size 1M --seeds 3"); exit $$status

figures-descriptions: runs/descriptions/descriptions.it.txt runs/manuals/manuals.de.txt deps all    ## the experiment price, on package descriptions and manuals
	$(RUN) price $(FLAGS)

figures-bible: runs/bible/bible.es.txt deps all    ## the experiment real-text, on the Bible; needs apt-get install diatheke
	$(RUN) real-text $(REAL_TEXT) $(FLAGS)

test-slow: all            ## every experiment from its command to its page, in little; stories stand in for real text
	@rm -rf $(BUILD)/quick  # runs are named by settings and data, not by the program
	@cd $(BUILD) && mkdir -p quick/bible quick/descriptions quick/manuals
	@for l in en es; do $(BUILD)/sgtm stories --language $$l --documents 1200 | awk '{print} /^$$/ {print "<|endoftext|>"}' >$(BUILD)/quick/bible/bible.$$l.txt; done
	@cd $(BUILD)/quick && for text in descriptions:it manuals:de; do f=$${text%:*}; \
	 cp bible/bible.en.txt $$f/$$f.en.txt && cp bible/bible.es.txt $$f/$$f.$${text#*:}.txt; done
	$(RUN) $(FIGURES) scaling learning-rates real-text price $(FIELD_FIGURES) --quick --size nano --seeds 1 --runs $(BUILD)/quick

runs/bible/bible.es.txt:
	data/bible/fetch.sh runs/bible

runs/descriptions/descriptions.it.txt:
	data/descriptions/fetch.sh runs/descriptions

runs/manuals/manuals.de.txt:
	data/manuals/fetch.sh runs/manuals

docs-test: all             ## run docs/'s commands and compare what they print, and README's and docs/'s scripts in little; trains the demo
	@tests/docs/run.sh

exercise-test: all         ## exercise 9's worked answer, in a copy of the sources: patched, built, verified, trained
	@tests/docs/strategy.sh

slurm: deps all            ## an experiment's job array on a Slurm of one node, installed and started for it (as root)
	@tests/slurm/run.sh

deps-lint:
	@.ci/deps lint

lint-format: deps-lint
	$(call need,CLANG_FORMAT,clang-format)
	@$(CLANG_FORMAT) --dry-run --Werror $(SOURCES)

prose:                     ## README, docs and data: is every page readable at first reading?
	@.ci/prose

nightly: test lint tidy clang docs-test test-slow exercise-test tsan libcxx    ## the slower checks, some hours: fuzz takes three
	$(MAKE) verify
	$(MAKE) fuzz

lint: lint-format          ## formatting, and warnings as errors
	@cmake -S . -B $(BUILD)/werror -DSGTM_WERROR=ON $(CMAKE_FLAGS) >/dev/null
	@.ci/build $(BUILD)/werror -j $(JOBS)

format: deps-lint          ## format all sources in place
	$(call need,CLANG_FORMAT,clang-format)
	@$(CLANG_FORMAT) -i $(SOURCES)

tidy: deps-lint            ## clang-tidy
	$(call need,CLANG_TIDY,run-clang-tidy)
	@cmake -S . -B $(BUILD)/tidy -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DSGTM_UNITY=OFF $(CMAKE_FLAGS) >/dev/null
	@$(CLANG_TIDY) -quiet -p $(BUILD)/tidy '$(CURDIR)/(src|tests)/.*' 2>/dev/null

clang: deps-lint           ## build with clang, warnings as errors
	@cmake -S . -B $(BUILD)/clang -DCMAKE_CXX_COMPILER=clang++ -DSGTM_WERROR=ON $(CMAKE_FLAGS) >/dev/null
	@.ci/build $(BUILD)/clang -j $(JOBS)

sanitize: deps             ## the tests under the address and undefined behaviour sanitizers
	@cmake -S . -B $(BUILD)/sanitize -DSGTM_SANITIZE=ON $(CMAKE_FLAGS) >/dev/null
	@.ci/build $(BUILD)/sanitize -j $(JOBS)
	@cd $(BUILD)/sanitize && ctest --output-on-failure -L unit -j $(JOBS)

tsan: deps-fuzz            ## two threads of training under the thread sanitizer, and a race planted to see it caught
	@tests/tsan/run.sh $(BUILD)/tsan

fuzz: deps-fuzz            ## every parser fuzzed for FUZZ_SECONDS (600); findings are kept in build/fuzz and end it
	@tests/fuzz/run.sh $(BUILD)/fuzz $(or $(FUZZ_SECONDS),600) $(PARSERS)

libcxx: deps-fuzz          ## build with clang and libc++, hardened, and run the unit tests
	@cmake -S . -B $(BUILD)/libcxx -DCMAKE_CXX_COMPILER=clang++ -DSGTM_LIBCXX=ON $(CMAKE_FLAGS) >/dev/null
	@.ci/build $(BUILD)/libcxx -j $(JOBS)
	@cd $(BUILD)/libcxx && ctest --output-on-failure -L unit -j $(JOBS)

deps-fuzz:
	@.ci/deps fuzz

mutants: deps              ## spoil src line by line; every mutant must make a test fail; resumes; PART=2/8 for a part, ONLY=src/train for a room
	@.ci/deps mutants
	@[ -x $(BUILD)/universalmutator/bin/mutate ] || { python3 -m venv $(BUILD)/universalmutator && $(BUILD)/universalmutator/bin/pip install -q universalmutator==1.14.1; }
	@MUTATE=$(BUILD)/universalmutator/bin/mutate tests/mutants/run.py $(if $(PART),--part $(PART)) $(if $(ONLY),--only $(ONLY))

clean:
	rm -rf $(BUILD)
