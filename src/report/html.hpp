#pragma once

#include <string>
#include <vector>

namespace sgtm {

/// Text as HTML shows it.
std::string escaped(const std::string& text);

/// Rows as an HTML table, the first row its head: cells of text, or cells that are HTML already.
std::string html_table(std::vector<std::vector<std::string>> rows);
std::string table_of_html(const std::vector<std::vector<std::string>>& rows);

/// A whole page that needs no network: light and dark, readable on small screens.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace sgtm
