#pragma once

#include "lab/tables/run_table.hpp"

namespace sgtm {

enum class PlanFormat { lines, make, slurm };
/// The table for engines that run it elsewhere: one command per line, a Makefile for `make -j`, or a Slurm job array.
/// `program` is the path of sgtm. Runs whose results are kept are left out; so are, but for make, those that go on from
/// one that has not finished, which is told on stderr. Throws Error where all are, where one is damaged, or make could
/// not read the folders' names.
std::string plan_text(const std::vector<PlacedRun>& runs, PlanFormat format, const std::string& name,
                      const fs::path& program);

}  // namespace sgtm
