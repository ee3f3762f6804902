#pragma once

#include <concepts>
#include <limits>

#include "core/json.hpp"

namespace sgtm {

// Structs as JSON, and read back with every type checked. A struct is a record where there is
//
//     template <Is<Look> R> void for_each_part(R& look, auto visit) { visit("step", look.step), ... }
//
// Parts stand in the file in this order: numbers, texts, flags, lists, maps by name, other records, or anything that
// has a json_of and a read_part of its own. An empty std::optional is null. A part whose name ends in "?" may be
// missing, or null: it then stays as it was, and is not written where it is an empty std::optional.

template <class R, class T>
concept Is = std::same_as<std::remove_const_t<R>, T>;

template <class T>
concept Record = requires(T& t) {
  for_each_part(t, [](auto&&...) {});
};

template <class T>
concept Map = requires {
  typename T::mapped_type;
};

template <class T>
concept List = !Map<T> && requires(T t) {
  t.emplace_back();
};

template <class T>
concept Optional = requires(T t) {
  t.has_value();
};

/// JSON that has not the form of what is read, and where it has not, as in "losses.trained.retain"; "." is all of it.
struct Misfit {
  std::string where;
};

template <class T>
nlohmann::ordered_json json_of(const T& part) {
  if constexpr (Record<const T>) {
    auto written = nlohmann::ordered_json::object();
    for_each_part(part, [&written](std::string name, const auto& of) {
      const bool may_lack = name.ends_with('?');
      if (may_lack) name.pop_back();
      const nlohmann::ordered_json value = json_of(of);
      if (!may_lack || !value.is_null()) written[name] = value;
    });
    return written;
  } else if constexpr (List<T>) {
    auto written = nlohmann::ordered_json::array();
    for (const auto& item : part) written.push_back(json_of(item));
    return written;
  } else if constexpr (Map<T>) {
    auto written = nlohmann::ordered_json::object();
    for (const auto& [name, of] : part) written[name] = json_of(of);
    return written;
  } else if constexpr (Optional<T>) {
    return part ? json_of(*part) : nullptr;
  } else {
    return part;
  }
}

/// Whether JSON holds a plain value of this type; whole numbers are from 0.
template <class T>
bool fits(const nlohmann::ordered_json& from) {
  if constexpr (std::same_as<T, bool>)
    return from.is_boolean();
  else if constexpr (std::integral<T>)
    return from.is_number_integer() && (from.is_number_unsigned() || from.get<std::int64_t>() >= 0) &&
           from.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
  else
    return std::floating_point<T> ? from.is_number() : from.is_string();
}

/// `where` stands before the place that a Misfit names.
template <class T>
void read_part(const nlohmann::ordered_json& from, T& part, const std::string& where = "") {
  const auto check = [&where](bool fit) {
    if (!fit) throw Misfit{where.empty() ? "." : where};
  };
  const auto below = [&where](const std::string& name) { return where.empty() ? name : where + "." + name; };
  if constexpr (Record<T>) {
    check(from.is_object());
    for_each_part(part, [&](std::string name, auto& of) {
      const bool may_lack = name.ends_with('?');
      if (may_lack) name.pop_back();
      const auto at = from.find(name);
      if (may_lack && (at == from.end() || at->is_null())) return;
      if (at == from.end()) throw Misfit{below(name)};
      read_part(*at, of, below(name));
    });
  } else if constexpr (List<T>) {
    check(from.is_array());
    for (const auto& item : from) {
      auto& of = part.emplace_back();
      read_part(item, of, below(fmt::format("{}", part.size() - 1)));
    }
  } else if constexpr (Map<T>) {
    check(from.is_object());
    for (const auto& [name, of] : from.items()) read_part(of, part[name], below(name));
  } else if constexpr (Optional<T>) {
    if (from.is_null()) return part.reset();
    read_part(from, part.emplace(), where);
  } else {
    check(fits<T>(from));
    from.get_to(part);
  }
}

/// A file that holds a record; where it does not, `fault` tells why not.
template <class T>
T try_record(const fs::path& path, std::string& fault) {
  T record;
  const auto found = try_json<nlohmann::ordered_json>(read_file(path), fault);
  if (!fault.empty()) return record;
  try {
    read_part(found, record);
  } catch (const Misfit& misfit) {
    fault = misfit.where;
  }
  return record;
}

/// The same. Throws Error for a file that does not, with the advice.
template <class T>
T read_record(const fs::path& path, const std::string& advice) {
  std::string fault;
  T record = try_record<T>(path, fault);
  if (!fault.empty()) throw Error(fmt::format("{}: is damaged ({}). {}", path.string(), fault, advice));
  return record;
}

}  // namespace sgtm
