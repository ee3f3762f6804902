#pragma once

#include "lab/experiments/experiment.hpp"

namespace sgtm {

// On stories and real text, each in the file of its name (`compute_penalty_runs` in compute_penalty.cpp).
Experiment undiscovered();
Experiment leakage_runs();
Experiment scaling();
Experiment absorption();
Experiment tradeoff();
Experiment gradient_separation();
Experiment relearning_attack();
Experiment token_losses();
Experiment variants();
Experiment compute_penalty_runs();
Experiment dual_model();
Experiment classifier_grid();
Experiment forget_share();
Experiment noise_structure();
Experiment real_text();
// ... by which the settings of the others were chosen.
Experiment sound_setting();
Experiment learning_rates();
Experiment rmu_settings();

// On the encyclopedia; fields_second, military and warfare, is in fields.cpp too, and fields_rmu in rmu_settings.cpp.
Experiment fields();
Experiment fields_tradeoff();
Experiment fields_compute();
Experiment fields_relearning();
Experiment fields_classifier();
Experiment fields_second();
Experiment entanglement();
Experiment fields_dual();
Experiment fields_rmu();

}  // namespace sgtm
