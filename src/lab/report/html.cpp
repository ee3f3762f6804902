#include "lab/report/html.hpp"

#include "text/strings.hpp"

namespace sgtm {

std::string html_table(std::vector<std::vector<std::string>> rows) {
  for (auto& row : rows)
    for (std::string& cell : row) cell = replace_all(escaped(cell), " ± ", "&nbsp;±&nbsp;");
  return html_table_of_cells(rows);
}

std::string html_table_of_cells(const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<div class=\"wide\"><table>\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    html += "<tr>";
    const std::string tag = r == 0 ? "th" : "td";
    for (const std::string& cell : rows[r]) html += "<" + tag + ">" + cell + "</" + tag + ">";
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

std::string figure_html(const std::string& svg, const std::string& caption) {
  return "<figure>" + svg + "<figcaption>" + caption + "</figcaption></figure>\n";
}

std::string html_page(const std::string& title, const std::string& body) {
  static const std::string style = R"(
:root{color-scheme:light dark}
body{font:17px/1.55 system-ui,sans-serif;max-width:54rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1{line-height:1.2}h2{margin-top:2.2rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .8rem;border-bottom:1px solid #ccc;text-align:left}
th{border-bottom:2px solid #888}
.wide{overflow-x:auto}
figure{margin:1.2rem 0}figcaption{color:#666;font-size:.9em}
figure svg{max-width:100%;height:auto}
.supported{color:#1a7f37}.against{color:#c1272d}.open{color:#777}.supported,.against,.open{font-weight:600;white-space:nowrap}
.sample{margin:.4rem 0 1rem;padding:.6rem 1rem;background:#f4f5f7;border-left:4px solid #8d99ae}
.sample b{font-weight:600}
code,pre{font:14px/1.45 ui-monospace,monospace}pre{overflow-x:auto;background:#f4f5f7;padding:.8rem 1rem}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#16191d}th,td{border-color:#444}.sample,pre{background:#23282e}figcaption,.open{color:#aaa}.supported{color:#56d364}.against{color:#ff7b72}}
)";
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width,initial-scale=1\">"
         "<title>" +
         escaped(title) + "</title><style>" + style + "</style></head>\n<body>\n<h1>" + escaped(title) + "</h1>\n" +
         body + "</body></html>\n";
}

}  // namespace sgtm
