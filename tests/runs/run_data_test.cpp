#include "runs/run_data.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/dataset.hpp"
#include "text/questions.hpp"
#include "text/tokenizer.hpp"

using namespace sgtm;

TEST_CASE("run data: in two scripts the languages share no letters, and fewer tokens; the floor is still known") {
  const TemporaryFolder folder("run-data");
  const auto shared = [&](DataKind kind) {
    const auto facts = nlohmann::json::parse(read_file(prepared({kind, 300}, folder.path) / "data.json"));
    CHECK(facts["sources"]["forget"]["floor"].get<double>() > 0.1);
    return facts["shared_tokens"]["retain and forget"].get<double>();
  };
  CHECK(shared(DataKind::two_scripts) < 0.7 * shared(DataKind::stories));

  const fs::path path = prepared({DataKind::two_scripts, 300}, folder.path);  // a second time: it is there
  const Tokenizer tokenizer = Tokenizer::read(path);
  std::vector<int> tokens;
  read_dataset(path).parts.at("forget").held_out->append(0, tokenizer.size(), tokens);
  tokens.pop_back();  // the end token
  const std::string text = tokenizer.decode(tokens);
  CHECK(
      std::none_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }));
}

TEST_CASE("run data: an encyclopedia whose words have changed is prepared again") {
  const TemporaryFolder folder("other-questions");
  RunData data{DataKind::encyclopedia, 0, {}};
  data.encyclopedia.world.entities = 24;
  data.encyclopedia.articles = 400;
  data.encyclopedia.forget = {"biology"};
  const fs::path path = prepared(data, folder.path), facts_path = path / "data.json";
  const auto facts = nlohmann::json::parse(read_file(facts_path));
  CHECK(facts["questions"] == fingerprint(read_questions(path)));
  auto old = facts;
  old["sources"]["forget"]["from"] = "33 made-up articles in other words";
  write_file(facts_path, old.dump());
  CHECK(prepared(data, folder.path) == path);
  CHECK(nlohmann::json::parse(read_file(facts_path)) == facts);
}

TEST_CASE("run data: real text that has not been fetched is asked for") {
  const TemporaryFolder folder("no-bible");
  CHECK_THROWS_WITH_AS(prepared({DataKind::bible}, folder.path),
                       doctest::Contains("Fetch it with: data/bible/fetch.sh"), Error);
}
