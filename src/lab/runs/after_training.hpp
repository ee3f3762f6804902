#pragma once

#include "lab/runs/course.hpp"
#include "text/questions.hpp"
#include "text/tokenizer.hpp"
#include "train/trainer.hpp"

namespace sgtm {

/// What comes after training: evaluates the model, takes the forget part out, evaluates, attacks a copy, calibrates and
/// evaluates again; ends the course.
RunResult after_training(Trainer& trainer, const RunConfig& config, const Dataset& data, const Tokenizer& tokenizer,
                         const Questions& questions, Course& course);

}  // namespace sgtm
