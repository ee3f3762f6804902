#include "core/json.hpp"

#include <set>
#include <vector>

namespace sgtm {
namespace {

using nlohmann::ordered_json;

bool is_kind(const ordered_json& value, std::string_view kind) {
  if (kind.ends_with('?')) return value.is_null() || is_kind(value, kind.substr(0, kind.size() - 1));
  return kind == "any" || (kind == "number" && value.is_number()) || (kind == "whole" && value.is_number_unsigned()) ||
         (kind == "text" && value.is_string()) || (kind == "flag" && value.is_boolean()) ||
         (kind == "object" && value.is_object());
}

std::string below(const std::string& key, const std::string& rest) {
  return rest == "." ? key : key + "." + rest;
}

}  // namespace

std::string unlike(const ordered_json& value, const ordered_json& form) {
  if (form.is_string()) return is_kind(value, form.get_ref<const std::string&>()) ? "" : ".";
  if (form.is_array()) {
    if (!value.is_array()) return ".";
    for (std::size_t i = 0; i < value.size(); ++i)
      if (const auto found = unlike(value[i], form[0]); !found.empty()) return below(fmt::format("{}", i), found);
    return "";
  }
  if (!value.is_object()) return ".";
  std::set<std::string> named;
  for (const auto& [key, of] : form.items()) {
    if (key == "*") continue;
    const bool optional = key.ends_with('?');
    const std::string& name = *named.insert(optional ? key.substr(0, key.size() - 1) : key).first;
    const auto at = value.find(name);
    if (at == value.end() && optional) continue;
    if (at == value.end()) return name;
    if (const auto found = unlike(*at, of); !found.empty()) return below(name, found);
  }
  if (const auto others = form.find("*"); others != form.end())
    for (const auto& [key, of] : value.items())
      if (!named.contains(key))
        if (const auto found = unlike(of, *others); !found.empty()) return below(key, found);
  return "";
}

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

ordered_json read_json(const fs::path& path, const ordered_json& form, const std::string& advice) {
  std::string fault;
  auto json = try_json<ordered_json>(read_file(path), fault);
  if (fault.empty()) fault = unlike(json, form);
  if (!fault.empty()) throw Error(fmt::format("{}: is damaged ({}). {}", path.string(), fault, advice));
  return json;
}

}  // namespace sgtm
