#!/usr/bin/env python3
"""The reading notices what is wrong: kept files and runs are spoiled in memory, one thing at a time."""

import copy
import sys
import unittest

sys.dont_write_bytecode = True

from comparing import Comparison
from intervals import quantile, summary
from leakage import equal_tokens
from read_results import EXPERIMENTS, RESULTS, compare, kept
from relearning import until
from runs import GRADIENT_ROUTING, find, read_runs

RUNS = read_runs(RESULTS / "runs")
KEPT = {name: kept(RESULTS, name) for name in EXPERIMENTS}
OTHER_ANSWER = {"supported": "not supported", "not supported": "inconclusive", "inconclusive": "supported"}


class Reading(unittest.TestCase):
    def differences(self, name, spoil_files=lambda rows, document: None, runs=RUNS):
        rows, document = copy.deepcopy(KEPT[name])
        spoil_files(rows, document)
        return compare(name, runs, rows, document)[1]

    def test_files_as_they_are(self):
        for name in EXPERIMENTS:
            self.assertEqual(self.differences(name), [])

    def test_one_number_or_answer(self):
        def loss(rows, document):
            rows[3]["calibrated_forget"] = "7.654321"

        def answer(rows, document):
            document["verdicts"][2]["verdict"] = OTHER_ANSWER[document["verdicts"][2]["verdict"]]

        def interval_end(rows, document):
            low, high = document["verdicts"][0]["interval"]
            document["verdicts"][0]["interval"][1] += 5e-4 * (high - low)

        for name in EXPERIMENTS:
            for spoil, words in ((loss, "calibrated_forget"), (answer, ", verdict"), (interval_end, "interval, high end")):
                differences = self.differences(name, spoil)
                self.assertEqual(len(differences), 1)
                self.assertIn(words, differences[0])

    def test_what_is_missing_or_unexplained(self):
        unexplained = {**KEPT["fields"][1]["verdicts"][0], "claim": "SGTM is best"}
        for spoil in (
                lambda rows, document: rows.pop(),
                lambda rows, document: rows.append(rows[0]),
                lambda rows, document: rows.append({**rows[0], "seed": "4"}),
                lambda rows, document: document["verdicts"].pop(),
                lambda rows, document: document["verdicts"].append(unexplained),
                lambda rows, document: document["verdicts"].append(document["verdicts"][0])):
            self.assertEqual(len(self.differences("fields", spoil)), 1)

    def test_runs(self):
        first, second = (find(RUNS, "0.1M", [seed], undiscovered=0.2, **GRADIENT_ROUTING)[seed] for seed in (1, 2))
        others = [run for run in RUNS if run is not first and run is not second]
        exchanged = others + [{**first, "losses": second["losses"]}, {**second, "losses": first["losses"]}]
        for name in ("undiscovered", "leakage"):
            self.assertGreaterEqual(len(self.differences(name, runs=exchanged)), 12)
            self.assertIn("no kept run of 0.1M, seed 2", self.differences(name, runs=others + [first])[0])
            self.assertIn("two kept runs of 0.1M, seed 1", self.differences(name, runs=RUNS + [first])[0])


class Arithmetic(unittest.TestCase):
    def test_students_quantile(self):
        for freedom, expected in ((1, 12.7062), (2, 4.30265), (4, 2.77645), (12, 2.17881), (100, 1.98397)):
            self.assertAlmostEqual(quantile(freedom), expected, delta=6e-6 * expected)

    def test_a_rounded_quantile_is_allowed_and_no_more(self):
        for rounded, wanted in ((4.303, 0), (4.304, 2)):
            half = rounded / 3 ** 0.5
            comparison = Comparison()
            comparison.compare("interval", [2 - half, 2 + half], summary([1.0, 2.0, 3.0])["interval"])
            self.assertEqual(len(comparison.differences), wanted)

    def test_standard_curve(self):
        curve = [(0.0, 20.0), (100.0, 10.0), (300.0, 6.0)]
        answers = [equal_tokens(curve, forget_loss) for forget_loss in (21.0, 15.0, 8.0)]
        self.assertEqual(answers, [(0.0, "censored"), (50.0, "bound"), (200.0, "measured")])

    def test_course_of_an_attack(self):
        course = [{"step": step, "forget_tokens": 10.0 * step, "forget": forget}
                  for step, forget in ((0, 9.0), (100, 5.0), (200, 4.0))]
        self.assertEqual(until({"relearning": course}, 4.5), (150.0, 1500.0, True))
        self.assertEqual(until({"relearning": course}, 3.0), (200.0, 2000.0, False))


if __name__ == "__main__":
    unittest.main()
