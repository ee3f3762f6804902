#include "lab/experiments/experiment.hpp"

#include "readings.hpp"  // which CMake makes of readings.md

namespace sgtm {

// Each namespace is the file of its name.
// clang-format off
namespace undiscovered { Experiment experiment(); }
namespace leakage_runs { Experiment experiment(); }
namespace scaling { Experiment experiment(); }
namespace absorption { Experiment experiment(); }
namespace tradeoff { Experiment experiment(); }
namespace gradient_separation { Experiment experiment(); }
namespace relearning_attack { Experiment experiment(); }
namespace token_losses { Experiment experiment(); }
namespace variants { Experiment experiment(); }
namespace compute_penalty { Experiment experiment(); }
namespace dual_model { Experiment experiment(); }
namespace dual_model { Experiment second_experiment(); }
namespace classifier_grid { Experiment experiment(); }
namespace classifier_grid { Experiment second_experiment(); }
namespace forget_share { Experiment experiment(); }
namespace noise_structure { Experiment experiment(); }
namespace real_text { Experiment experiment(); }
namespace price { Experiment experiment(); }
namespace post_hoc { Experiment experiment(); }
namespace sound_setting { Experiment experiment(); }
namespace learning_rates { Experiment experiment(); }
namespace rmu_settings { Experiment experiment(); }
namespace rmu_settings { Experiment second_experiment(); }
namespace fields { Experiment experiment(); }
namespace fields { Experiment second_experiment(); }
namespace fields_tradeoff { Experiment experiment(); }
namespace fields_compute { Experiment experiment(); }
namespace fields_relearning { Experiment experiment(); }
namespace entanglement { Experiment experiment(); }
// clang-format on

namespace {

std::string reading_of(const std::string& experiment) {
  const std::string all = experiment_readings, head = "\n## " + experiment + "\n";
  const std::size_t at = all.find(head);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + head.size();
  return all.substr(begin, all.find("\n## ", begin) - begin);
}

std::vector<Experiment> with_readings(std::vector<Experiment> all) {
  for (Experiment& experiment : all) experiment.reading = reading_of(experiment.name);
  return all;
}

}  // namespace

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all = with_readings({undiscovered::experiment(),
                                                            leakage_runs::experiment(),
                                                            scaling::experiment(),
                                                            absorption::experiment(),
                                                            tradeoff::experiment(),
                                                            gradient_separation::experiment(),
                                                            relearning_attack::experiment(),
                                                            token_losses::experiment(),
                                                            variants::experiment(),
                                                            compute_penalty::experiment(),
                                                            dual_model::experiment(),
                                                            classifier_grid::experiment(),
                                                            forget_share::experiment(),
                                                            noise_structure::experiment(),
                                                            real_text::experiment(),
                                                            price::experiment(),
                                                            post_hoc::experiment(),
                                                            sound_setting::experiment(),
                                                            learning_rates::experiment(),
                                                            rmu_settings::experiment(),
                                                            fields::experiment(),
                                                            fields_tradeoff::experiment(),
                                                            fields_compute::experiment(),
                                                            fields_relearning::experiment(),
                                                            classifier_grid::second_experiment(),
                                                            fields::second_experiment(),
                                                            entanglement::experiment(),
                                                            dual_model::second_experiment(),
                                                            rmu_settings::second_experiment()});
  return all;
}

}  // namespace sgtm
