#!/usr/bin/env python3
"""Spoils one line of the sources at a time and asks whether a test notices.

Mutants by hand stand in by_hand/*.tsv; the others are made by universalmutator from PyPI and drawn by a seed. This works
on copies of the sources in build/mutants, one for each core. What was found is kept there, so that a run that was cut
goes on; it counts as long as neither the sources nor the suite that noticed change. Exit code 1 where a mutant survives
that harmless.tsv does not name: file, line, what takes its place, and why that is harmless.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

from mutants import Mutant, by_hand, by_tool

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build/mutants"
SEED = 1
PARTS = ["src", "tests", "data", "docs", "CMakeLists.txt"]
# In the order in which rooms include each other: only a source's own suite and later ones can notice a mutant.
# What all of them pass is given to the slow tests of these.
SUITES = ["core", "text", "nn", "model", "sgtm", "train", "eval", "verify", "runs", "tables", "analysis", "experiments",
          "report", "cli"]
SLOW = ["verify", "cli"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", default="1/1", help="one part of all, as in 2/8; parts may run on different machines")
    parser.add_argument("--tool", type=int, default=150, help="how many of the tool's are judged (default: 150)")
    parser.add_argument("--only", default="", help="only in files whose path has this, as src/train")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="at a time (default: all cores)")
    return parser.parse_args()


@functools.cache
def state(verdict):
    """A digest of what a verdict depends on: the sources, and the suite that noticed, or all of them."""
    of = ["support", verdict] if verdict in SUITES else ["support", *SUITES]
    digest = hashlib.sha256()
    for folder in [ROOT / "src", *(f for t in of for f in (ROOT / "tests").glob(f"**/{t}"))]:
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            digest.update(str(file).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


class Bench:
    """A copy of the project, its build, and its unit tests' usual times."""

    def __init__(self, number):
        self.tree, self.build = WORK / f"{number}/tree", WORK / f"{number}/build"
        self.temporary = WORK / f"{number}/tmp"
        for part in PARTS:
            copy(ROOT / part, self.tree / part)
        settings = {"CMAKE_BUILD_TYPE": "Debug", "CMAKE_CXX_FLAGS_DEBUG": "-O1", "BUILD_SHARED_LIBS": "ON",
                    "CMAKE_LINK_DEPENDS_NO_SHARED": "ON", "SGTM_UNITY": "OFF"}
        configure = ["cmake", "-G", "Ninja", "-S", self.tree, "-B", self.build]
        configure += [f"-D{name}={value}" for name, value in settings.items()]
        subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)
        self.seconds = {}
        for suite in SUITES:
            if not self.compiles(suite):
                sys.exit(self.log)
            start = time.time()
            if not self.passes(suite, 600):
                sys.exit(f"{self.log}\ntest_{suite} fails without a mutant")
            self.seconds[suite] = time.time() - start
        for suite in SLOW:
            if not self.passes(suite, 900, slow=True):
                sys.exit(f"{self.log}\ntest_{suite}'s slow tests fail without a mutant")

    def compiles(self, suite):
        made = subprocess.run(["ninja", "-C", self.build, "-j1", f"test_{suite}", "sgtm"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.log = made.stdout
        return made.returncode == 0

    def passes(self, suite, limit, slow=False):
        """A mutant may loop for ever, ask for all memory, or write anywhere."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir(parents=True)
        command = [self.build / f"tests/test_{suite}", f"--test-suite{'' if slow else '-exclude'}=slow", "--abort-after=1"]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "TMPDIR": str(self.temporary)}

        def prepare():  # the program's own tests send it hang-ups, which nohup would have it ignore
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
            signal.signal(signal.SIGHUP, signal.SIG_DFL)

        process = subprocess.Popen(command, cwd=self.temporary, env=environment, text=True, errors="replace",
                                   start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, preexec_fn=prepare)
        try:
            self.log = process.communicate(timeout=limit)[0]
            return process.returncode == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.poll() is None:
                os.killpg(process.pid, 9)
                process.communicate()

    def objects(self, file):
        return [o.read_bytes() for o in sorted(self.build.glob(f"CMakeFiles/*/{file}.o"))]

    def judge(self, mutant):
        """The first suite that notices, or what else is to be said."""
        path = self.tree / mutant.file
        original = path.read_text()
        before = self.objects(mutant.file)
        try:
            path.write_text(mutant.applied_to(original))
            for suite in suites_for(mutant.file):
                if not self.compiles(suite):
                    return "does not compile"
                if before and self.objects(mutant.file) == before:
                    return "same code"
                if not self.passes(suite, 20 + 10 * self.seconds[suite]):
                    return suite
            for suite in suites_for(mutant.file):
                if suite in SLOW and not self.passes(suite, 900, slow=True):
                    return suite
            return "survived"
        finally:
            path.write_text(original)


def suites_for(file):
    """Its room's own suite first; src/lab/demos has none."""
    room = file.split("/")[-2]
    return SUITES[SUITES.index(room if room in SUITES else "report"):]


def copy(source, target):
    """Files that have not changed keep their times, so that only what changed is built again."""
    if source.is_file():
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        return
    names = {p.name for p in source.iterdir()}
    for old in target.iterdir() if target.exists() else []:
        if old.name not in names:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for entry in source.iterdir():
        copy(entry, target / entry.name)


def known_results():
    """name -> verdict, as far as neither sources nor tests have changed since."""
    path = WORK / "results.tsv"
    rows = [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []
    return {name: verdict for name, verdict, of in rows if of == state(verdict)}


def drawn_by_tool():
    """It takes the tool a minute or two, so its list is kept while no source changes."""
    sources = hashlib.sha256(b"".join(f.read_bytes() for f in sorted((ROOT / "src").rglob("*.cpp")))).hexdigest()[:12]
    path = WORK / f"drawn-{sources}.json"
    if not path.exists():
        mutate = shutil.which(os.environ.get("MUTATE", "mutate"))
        if not mutate:
            sys.exit("universalmutator's program mutate is not here. Call this by: make mutants")
        drawn = by_tool(ROOT, mutate, SEED)
        path.write_text(json.dumps(drawn[:20000]))
    return [Mutant(*row) for row in json.loads(path.read_text())]


INVALID = ("does not compile", "same code")  # of the tool's, another one is drawn then


def judge_all(mutants, wanted, known, jobs):
    """Judges what is by hand, then as many of the tool's as wanted. Adds to `known`, and to results.tsv."""
    lock, waiting, counted = threading.Lock(), iter(mutants), 0

    def next_mutant():
        nonlocal counted
        with lock:
            for mutant in waiting:
                verdict = known.get(mutant.name)
                if not mutant.by_hand:
                    if counted >= wanted:
                        return None
                    counted += verdict not in INVALID
                if verdict is None:
                    return mutant

    def serve(number):
        nonlocal counted
        bench = Bench(number)
        while mutant := next_mutant():
            verdict = bench.judge(mutant)
            with lock:
                known[mutant.name] = verdict
                counted -= not mutant.by_hand and verdict in INVALID
                with open(WORK / "results.tsv", "a") as results:
                    results.write(f"{mutant.name}\t{verdict}\t{state(verdict)}\n")
                print(f"{verdict:17} {text_of(mutant)}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for served in [pool.submit(serve, number) for number in range(jobs)]:
            served.result()  # says what went wrong there, as a bench whose tests fail without a mutant


def text_of(mutant):
    return f"{mutant.file}:{mutant.line}\t{mutant.old.strip()}\t{mutant.new.strip()!r}"


def harmless():
    """(file, line, what is put in its place) of survivors that change nothing that could matter."""
    rows = (ROOT / "tests/mutants/harmless.tsv").read_text().splitlines()
    return {tuple(row.split("\t")[:3]) for row in rows if row}


def report(mutants, known):
    judged = [(m, known[m.name]) for m in mutants if m.name in known]
    excused = harmless()
    bad = []
    for by_hand_too, title in ((True, "by hand"), (False, "by the tool")):
        valid = [(m, v) for m, v in judged if m.by_hand == by_hand_too and (by_hand_too or v not in INVALID)]
        survived = [m for m, v in valid if v in ("survived", *INVALID)]
        bad += [m for m in survived if (m.file, m.old.strip(), m.new.strip()) not in excused]
        noticed = len(valid) - len(survived)
        share = 100 * noticed / len(valid) if valid else 100
        print(f"{title}: {noticed} of {len(valid)} noticed ({share:.1f} %), {len(survived)} survived")
    for m in bad:
        print(f"not noticed, not known as harmless: {text_of(m)}")
    return 1 if bad else 0


def main():
    asked = arguments()
    part, parts = map(int, asked.part.split("/"))
    WORK.mkdir(parents=True, exist_ok=True)
    mutants = by_hand(ROOT) + drawn_by_tool()
    mutants = [m for m in mutants if asked.only in m.file][part - 1 :: parts]
    known = known_results()
    for verdict in [*SUITES, "survived"]:
        state(verdict)  # of the files as they are now: they may change while this runs
    judge_all(mutants, asked.tool // parts, known, asked.jobs)
    return report(mutants, known)


if __name__ == "__main__":
    sys.exit(main())
