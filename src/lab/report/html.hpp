#pragma once

#include <string>
#include <vector>

#include "core/figure.hpp"

namespace sgtm {

/// Rows of text as an HTML table, the first row its head.
std::string html_table(std::vector<std::vector<std::string>> rows);
/// Of cells that are HTML already.
std::string html_table_of_cells(const std::vector<std::vector<std::string>>& rows);

/// A picture with a line below it.
std::string figure_html(const std::string& svg, const std::string& caption);

/// A whole page that needs no network: light and dark, readable on small screens.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace sgtm
