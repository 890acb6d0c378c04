// Whatever is typed into a search, over indexes of every tokenizer: it is answered, or refused as a
// search that says nothing or too much. No text is an SQL error, and none takes long.
//
// The first byte chooses the index, the fields to look in and whether a facet narrows; the rest is
// the text.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "views/kinds/search/search_plan.h"
#include "views/life/definition.h"
#include "views/version_file.h"
#include "views/version_reader.h"

namespace {

using namespace daybook;
using namespace daybook::views;

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::abort();
}

// One version of a search view, over a few rows, in a folder that goes with the process.
struct Index {
  Index(const std::string& folder, int version, const char* tokens)
      : plan(search::make_search_plan(
            {.key = {"id"}, .text = {"subject", "body"}, .facets = {"city"}, .tokens = tokens})) {
    const ViewSpec spec{"v", "t", "t", std::nullopt};
    const auto path = version_path(folder, version);
    auto fold = must(plan->make_fold(spec, {}));
    file = must(VersionFile::open(path, "v", version, to_text(spec, *plan), std::move(fold)));
    std::vector<sql::InputEvent> events;
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
      events.push_back({0, static_cast<std::int64_t>(i), 1, 1, "k", kRows[i]});
    }
    if (!must(file->fold().compute(events)).empty() || !file->fold().keep() ||
        !file->commit({}, {})) {
      std::abort();
    }
    reader = must(VersionReader::open(path));
  }

  static constexpr const char* kRows[] = {
      R"({"id": 1, "subject": "rent", "body": "the rent of March was late", "city": "Bern"})",
      R"({"id": 2, "subject": "a AND b", "body": "NOT \"quoted\" NEAR(x) z", "city": "Ulm"})",
      R"({"id": 3, "subject": "Miete Z\u00fcrich", "body": "\u6771\u4eac 50 %", "city": "Bern"})"};
  std::unique_ptr<ViewPlan> plan;
  std::unique_ptr<VersionFile> file;
  std::shared_ptr<VersionReader> reader;
};

struct Indexes {
  Indexes() {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook_search_XXXXXX";
    folder = mkdtemp(pattern.data());
    int version = 0;
    for (const char* tokens : {"unicode", "porter", "trigram"}) {
      all.emplace_back(folder, ++version, tokens);
    }
  }
  ~Indexes() {
    all.clear();
    std::filesystem::remove_all(folder);
  }
  std::string folder;
  std::vector<Index> all;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Indexes indexes;
  if (size == 0) return 0;
  const unsigned choice = data[0];
  std::vector<std::pair<std::string, std::string>> given = {
      {"text", std::string(reinterpret_cast<const char*>(data + 1), size - 1)}};
  if ((choice & 1U) != 0) given.emplace_back("in", "subject");
  if ((choice & 2U) != 0) given.emplace_back("in", "body");
  if ((choice & 4U) != 0) given.emplace_back("city", "Bern");
  auto& index = indexes.all[(choice >> 3U) % indexes.all.size()];
  for (const auto& question : index.plan->questions()) {
    const auto answer = question.answer(*index.reader, Arguments(given), {});
    if (answer) continue;
    const auto& error = answer.error();
    if (error.code == ErrorCode::kInvalid && error.message.starts_with("a search ")) continue;
    std::fprintf(stderr, "%s\n", error.message.c_str());
    std::abort();
  }
  return 0;
}
