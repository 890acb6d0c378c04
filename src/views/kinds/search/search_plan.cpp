#include "views/kinds/search/search_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "views/keyed/keyed_fold.h"
#include "views/kinds/search/search_query.h"
#include "views/version_reader.h"

namespace daybook::views::search {
namespace {

constexpr std::int64_t kMaxLimit = 1'000;
constexpr std::int64_t kMaxOffset = 100'000;
constexpr int kExcerptWords = 16;

std::string names_of(const std::vector<std::string>& fields, const std::string& prefix) {
  std::string names;
  for (const auto& field : fields) {
    names += (names.empty() ? "" : ", ") + prefix + sqlite::quoted(field);
  }
  return names;
}

std::string tokenizer(const std::string& tokens) {
  if (tokens == "porter") return "porter unicode61 remove_diacritics 2";
  return tokens == "trigram" ? "trigram" : "unicode61 remove_diacritics 2";
}

// The index, and the triggers that keep it: whatever changes the rows, changes it with them.
std::string index_sql(const SearchOptions& options) {
  const auto names = names_of(options.text, "");
  const auto add = "INSERT INTO daybook_text (rowid, " + names + ") VALUES (new.daybook_id, " +
                   names_of(options.text, "new.") + ");";
  const auto remove = "INSERT INTO daybook_text (daybook_text, rowid, " + names +
                      ") VALUES ('delete', old.daybook_id, " + names_of(options.text, "old.") +
                      ");";
  std::string sql = "CREATE VIRTUAL TABLE daybook_text USING fts5(" + names +
                    ", content='daybook_rows', content_rowid='daybook_id', tokenize='" +
                    tokenizer(options.tokens) + "'" +
                    (options.tokens == "trigram" ? "" : ", prefix='2 3'") + ");";
  sql += "CREATE TRIGGER daybook_text_add AFTER INSERT ON daybook_rows BEGIN " + add + " END;";
  sql +=
      "CREATE TRIGGER daybook_text_remove AFTER DELETE ON daybook_rows BEGIN " + remove + " END;";
  sql += "CREATE TRIGGER daybook_text_change AFTER UPDATE ON daybook_rows BEGIN " + remove + " " +
         add + " END;";
  for (std::size_t i = 0; i < options.facets.size(); ++i) {
    sql += "CREATE INDEX daybook_facet_" + std::to_string(i) + " ON daybook_rows (" +
           sqlite::quoted(options.facets[i]) + ");";
  }
  return sql;
}

// What rows a search finds: FROM and WHERE, with the values of their parameters.
struct Selection {
  std::string sql;
  std::vector<Value> values;
};

Result<Selection> select(const SearchOptions& options, const Arguments& arguments) {
  const auto fields = arguments.all("in");
  for (const auto& field : fields) {
    if (std::ranges::find(options.text, field) != options.text.end()) continue;
    return fail(ErrorCode::kInvalid,
                "in: " + field + " is not one of the fields that are searched");
  }
  DAYBOOK_TRY(auto expression, match_expression(*arguments.text("text"), fields));
  Selection selection{
      " FROM daybook_text JOIN daybook_rows r ON r.daybook_id = daybook_text.rowid WHERE "
      "daybook_text MATCH ?",
      {std::move(expression)}};
  for (const auto& facet : options.facets) {
    const auto wanted = arguments.all(facet);
    if (wanted.empty()) continue;
    selection.sql += " AND CAST(r." + sqlite::quoted(facet) + " AS TEXT) IN (";
    for (std::size_t i = 0; i < wanted.size(); ++i) selection.sql += i == 0 ? "?" : ", ?";
    selection.sql += ")";
    selection.values.insert(selection.values.end(), wanted.begin(), wanted.end());
  }
  return selection;
}

Result<Answer> answer_search(const SearchOptions& options, VersionReader& version,
                             const Arguments& arguments, const ReadOptions& read) {
  DAYBOOK_TRY(auto selection, select(options, arguments));
  DAYBOOK_TRY(const auto limit, arguments.integer("limit", 1, kMaxLimit, 20));
  DAYBOOK_TRY(const auto offset, arguments.integer("offset", 0, kMaxOffset, 0));
  std::string weights;
  for (const double weight : options.weights) weights += fmt::format(", {}", weight);
  const auto rank = "bm25(daybook_text" + weights + ")";
  auto shown = names_of(options.key, "r.");
  if (!options.facets.empty()) shown += ", " + names_of(options.facets, "r.");
  selection.values.emplace_back(limit);
  selection.values.emplace_back(offset);
  return version.select("SELECT " + shown + ", -" + rank +
                            " AS score, snippet(daybook_text, -1, '[', ']', '…', " +
                            std::to_string(kExcerptWords) + ") AS excerpt" + selection.sql +
                            " ORDER BY " + rank + ", r.daybook_id LIMIT ? OFFSET ?",
                        selection.values, read);
}

Result<Answer> answer_facets(const SearchOptions& options, VersionReader& version,
                             const Arguments& arguments, const ReadOptions& read) {
  DAYBOOK_TRY(const auto selection, select(options, arguments));
  std::string sql;
  std::vector<Value> values;
  for (const auto& facet : options.facets) {
    sql += (sql.empty() ? "SELECT '" : " UNION ALL SELECT '") + facet + "' AS facet, r." +
           sqlite::quoted(facet) + " AS value, count(*) AS count" + selection.sql + " GROUP BY r." +
           sqlite::quoted(facet);
    values.insert(values.end(), selection.values.begin(), selection.values.end());
  }
  return version.select("SELECT * FROM (" + sql + ") ORDER BY facet, count DESC, value", values,
                        read);
}

class SearchPlan final : public ViewPlan {
 public:
  explicit SearchPlan(SearchOptions options) : options_(std::move(options)) {
    options_.weights.resize(options_.text.size(), 1);
    std::vector<QuestionParameter> parameters = {
        {.name = "text", .meaning = "words, \"phrases\", begin*, -without", .is_required = true},
        {.name = "in", .meaning = "a field to look in", .repeats = true}};
    for (const auto& facet : options_.facets) {
      parameters.push_back({.name = facet, .meaning = "only with this value", .repeats = true});
    }
    if (!options_.facets.empty()) {
      questions_.push_back({"facets", "how many of the results have which value", parameters,
                            [this](auto& version, auto& arguments, auto& read) {
                              return answer_facets(options_, version, arguments, read);
                            }});
    }
    parameters.push_back({.name = "limit", .meaning = "results; 20 by default"});
    parameters.push_back({.name = "offset", .meaning = "results to leave out"});
    questions_.push_back({"search", "the rows that match, best first, with a score and an excerpt",
                          parameters, [this](auto& version, auto& arguments, auto& read) {
                            return answer_search(options_, version, arguments, read);
                          }});
  }

  std::string_view kind() const override { return "search"; }
  const std::vector<std::string>& key() const override { return options_.key; }
  const std::vector<Question>& questions() const override { return questions_; }
  bool needs_columns() const override { return false; }

  std::string definition() const override {
    nlohmann::json weights = nlohmann::json::array();
    for (std::size_t i = 0; i < options_.text.size(); ++i) {
      weights.push_back(nlohmann::json::array({options_.text[i], options_.weights[i]}));
    }
    return nlohmann::json{{"key", options_.key},
                          {"text", options_.text},
                          {"weights", weights},
                          {"facets", options_.facets},
                          {"tokens", options_.tokens}}
        .dump();
  }

  std::vector<Error> check(const ViewSpec& spec) const override {
    auto others = options_.text;
    for (const auto& facet : options_.facets) {
      if (std::ranges::find(options_.text, facet) == options_.text.end()) others.push_back(facet);
    }
    // Names of parameters and of what a search answers, and FTS5's own.
    auto faults =
        check_paths(spec, options_.key, others,
                    {"text", "in", "limit", "offset", "score", "excerpt", "rank", "rowid"});
    for (const auto& facet : options_.facets) {
      if (std::ranges::find(kReadOptions, facet) == std::end(kReadOptions)) continue;
      faults.push_back({ErrorCode::kInvalid, "facet " + facet +
                                                 " has the name of an option that every question "
                                                 "has: give the field another name"});
    }
    return faults;
  }

  Result<std::unique_ptr<Fold>> make_fold(const ViewSpec& spec,
                                          const client::Schema& schema) const override {
    KeyedTable table{.kind = "search 1", .key = options_.key, .fields = {}, .more_sql = {}};
    for (const auto& field : options_.text) {
      table.fields.push_back({.name = field, .path = field, .type = "TEXT"});
    }
    for (const auto& facet : options_.facets) {
      if (std::ranges::find(options_.text, facet) != options_.text.end()) continue;
      table.fields.push_back({.name = facet, .path = facet});
    }
    table.more_sql = index_sql(options_);
    return std::make_unique<KeyedFold>(std::move(table), spec.name, schema);
  }

 private:
  SearchOptions options_;
  std::vector<Question> questions_;
};

}  // namespace

std::unique_ptr<ViewPlan> make_search_plan(SearchOptions options) {
  return std::make_unique<SearchPlan>(std::move(options));
}

}  // namespace daybook::views::search
