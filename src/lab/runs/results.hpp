#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/error.hpp"
#include "lab/runs/course.hpp"
#include "text/questions.hpp"
#include "text/tokenizer.hpp"
#include "train/trainer.hpp"

namespace sgtm {

/// What comes after training: evaluates the model, takes the forget part out, evaluates, attacks a copy, calibrates and
/// evaluates again; ends the course. Returns what result.json holds: losses, floors, recall, what the attack and the
/// course found, counts, settings, version, machine, time.
nlohmann::ordered_json results(Trainer& trainer, const RunConfig& config, const Dataset& data,
                               const Tokenizer& tokenizer, const Questions& questions, Course& course);

/// A result that is cut, or not one at all.
struct Damaged : Error {
  using Error::Error;
};

/// What `results` returned and a file keeps: everything that it holds has its type, and what the settings ask for is
/// there. Throws Damaged, and Error where the file can't be read.
nlohmann::ordered_json read_result(const fs::path& path);

}  // namespace sgtm
