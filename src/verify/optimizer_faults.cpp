#include <algorithm>

#include "verify/invariants.hpp"

namespace sgtm {

const std::vector<OptimizerFault> optimizer_faults{
    {"momentum-moves-frozen", "parameters that rest still move by their momentum",
     [](Trainer& t, const Ranges& resting, double rate) {
       for_each_range(resting, [&](Index offset, Index size) {
         t.parameters().segment(offset, size) -= static_cast<float>(rate) *
                                                 t.optimizer().moment_1().segment(offset, size) /
                                                 (t.optimizer().moment_2().segment(offset, size).sqrt() + 1e-8f);
       });
     }},
    {"decay-moves-frozen", "weight decay acts on parameters that rest",
     [](Trainer& t, const Ranges& resting, double rate) {
       for_each_range(resting, [&](Index offset, Index size) {
         t.parameters().segment(offset, size) *= static_cast<float>(1 - 0.1 * rate);
       });
     }},
    {"moments-decay", "the moments of parameters that rest decay, as if their gradient were 0",
     [](Trainer& t, const Ranges& resting, double) {
       for_each_range(resting,
                      [&](Index offset, Index size) { t.optimizer().moment_1().segment(offset, size) *= 0.9f; });
     }},
    {"one-step-count", "all parameters share one step count in the bias correction",
     [](Trainer& t, const Ranges&, double) {
       std::vector<Index> steps = t.optimizer().steps();
       std::fill(steps.begin(), steps.end(), *std::max_element(steps.begin(), steps.end()));
       t.optimizer().set_steps(steps);
     }},
};

}  // namespace sgtm
