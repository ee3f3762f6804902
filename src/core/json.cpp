#include "core/json.hpp"

#include <set>
#include <vector>

namespace sgtm {

using nlohmann::ordered_json;

template <class Json>
Json try_json(std::string_view text, std::string& fault) {
  constexpr int deepest = 64;
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto check = [&](int depth, typename Json::parse_event_t event, Json& parsed) {
    using Event = typename Json::parse_event_t;
    if (depth >= deepest) throw std::out_of_range(fmt::format("nested deeper than {} levels", deepest));
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(parsed.template get<std::string>()).second)
      throw std::out_of_range(fmt::format("the key {} stands twice", parsed.dump()));
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), check);
  } catch (const std::out_of_range& e) {
    fault = e.what();
  } catch (const typename Json::exception& e) {
    // "[...] parse error at ...: syntax error while parsing ... - why; last read: ..."
    const std::string all = e.what();
    const std::size_t reason = all.find(" - "), end = all.find("; last read");
    fault = reason == std::string::npos ? "syntax error"
                                        : all.substr(reason + 3, end == std::string::npos ? end : end - reason - 3);
  }
  return {};
}

template <class Json>
Json parse_json(std::string_view text, const std::string& where) {
  std::string fault;
  Json json = try_json<Json>(text, fault);
  if (!fault.empty()) throw Error(fmt::format("{}: is not JSON, or damaged ({}). Make it again.", where, fault));
  return json;
}

template nlohmann::json try_json(std::string_view, std::string&);
template nlohmann::json parse_json(std::string_view, const std::string&);
template ordered_json try_json(std::string_view, std::string&);
template ordered_json parse_json(std::string_view, const std::string&);

ordered_json read_json(const fs::path& path) {
  return parse_json<ordered_json>(read_file(path), path.string());
}

}  // namespace sgtm
