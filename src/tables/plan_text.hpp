#pragma once

#include "tables/run_table.hpp"

namespace sgtm {

enum class PlanFormat { lines, make, slurm };
/// The table for engines that run it elsewhere: one command per line, a Makefile for `make -j`, or a Slurm job array.
/// Runs whose results are kept are left out. Throws Error where all are, or make could not read the folders' names.
std::string plan_text(const std::vector<PlacedRun>& runs, PlanFormat format, const std::string& name);

}  // namespace sgtm
