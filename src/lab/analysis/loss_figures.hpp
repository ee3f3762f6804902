#pragma once

#include "core/figure.hpp"
#include "lab/analysis/selection.hpp"

namespace sgtm {

/// Adds a point with the interval of its y, where it has one.
void add_point(Series& line, double x, const Estimated& y);
/// ... and of its x.
void add_point(Series& line, const Estimated& x, const Estimated& y);

/// Adds the means of runs' calibrated retain and forget losses as a point, with the intervals of both.
void add_losses(Series& line, const Runs& runs);

/// Two numbers that go along with a run, as (x, y).
using LossCourse = std::vector<std::pair<double, double>>;
/// Adds the means of several seeds' courses, point by point from `first` on, with the intervals of their y.
void add_mean_course(Series& line, const Runs& runs, const std::function<LossCourse(const Finished&)>& course_of,
                     std::size_t first = 0);

/// Adds calibrated forget loss against retain loss, a line per method from its lowest share undiscovered to its
/// highest.
void add_trade_off(Figure& figure, const std::vector<Finished>& all, const std::string& size);

/// A figure of calibrated forget loss against retain loss, a point per method and share, in colours of their own.
Figure losses_figure(const std::string& title, const std::vector<Finished>& all, const std::string& size);

/// The sources whose losses are a figure's axes.
struct Axes {
  const char* x = "retain";
  const char* y = "forget";
};
/// The floor of a run's data in a figure of one loss against another: a cross.
void add_floor(Figure& figure, const Finished& run, const Axes& axes = {});
/// The floor of one source in a figure whose y is a loss: a line from x = `from` to `to`.
void add_floor(Figure& figure, const Finished& run, const char* source, double from, double to);

/// Two sources' calibrated losses through a run's training, by checkpoint; the first is the untrained model's.
LossCourse loss_course(const Finished& run, const Axes& axes = {});

/// At the loss on x with which `run` ends, how much higher its loss on y is than the other's was; seed by seed, where
/// the other method was ever so good at x.
std::vector<double> lead_at_end(const Runs& runs, const Runs& others, const Axes& axes = {});

/// gnuplot colours of the methods.
const char* colour_of(const std::string& method);

}  // namespace sgtm
