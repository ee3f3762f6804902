#pragma once

#include <nlohmann/json_fwd.hpp>

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

/// Whether this is what `results` writes: not another program's JSON, nor cut.
bool is_result(const nlohmann::ordered_json& json);

}  // namespace sgtm
