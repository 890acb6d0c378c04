#include "views/kinds/document/document_plan.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "views/cell_storage.h"
#include "views/kinds/document/document_fold.h"
#include "views/sqlite/database.h"
#include "views/version_reader.h"

namespace daybook::views::document {
namespace {

// What the text may stand for in a document: itself, a number, a truth.
std::vector<Value> values_of(const std::string& text) {
  std::vector<Value> values = {text};
  if (text == "true") values.emplace_back(std::int64_t{1});
  if (text == "false") values.emplace_back(std::int64_t{0});
  std::int64_t whole = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, whole);
  if (error == std::errc{} && rest == end) {
    values.emplace_back(whole);
  } else if (const auto cell = parse_cell(text, {sql::TypeId::kDouble})) {
    values.emplace_back(cell->real);
  }
  return values;
}

Question find_by_paths(const std::vector<std::string>& index) {
  Question find;
  find.name = "find";
  find.meaning = "the documents that have these values at indexed paths";
  for (const auto& path : index) find.parameters.push_back({path, "the value at " + path});
  find.answer = [](VersionReader& version, const Arguments& arguments,
                   const ReadOptions& options) -> Result<Answer> {
    if (arguments.given().empty()) {
      return fail(ErrorCode::kInvalid, "give a value for at least one indexed path");
    }
    std::string sql = "SELECT * FROM " + sqlite::quoted(version.info().name);
    std::vector<Value> values;
    for (const auto& [path, text] : arguments.given()) {
      sql += (values.empty() ? " WHERE " : " AND ") + sqlite::quoted(path) + " IN (";
      const auto possible = values_of(text);
      for (std::size_t i = 0; i < possible.size(); ++i) sql += i == 0 ? "?" : ", ?";
      sql += ")";
      values.insert(values.end(), possible.begin(), possible.end());
    }
    std::string key;
    for (const auto& column : version.info().columns) {
      if (column.is_key) key += (key.empty() ? " ORDER BY " : ", ") + sqlite::quoted(column.name);
    }
    return version.select(sql + key, values, options);
  };
  return find;
}

class DocumentPlan final : public ViewPlan {
 public:
  explicit DocumentPlan(DocumentOptions options) : options_(std::move(options)) {
    if (!options_.index.empty()) questions_.push_back(find_by_paths(options_.index));
  }

  std::string_view kind() const override { return "document"; }
  const std::vector<std::string>& key() const override { return options_.key; }
  const std::vector<Question>& questions() const override { return questions_; }
  bool needs_columns() const override { return false; }
  bool has_row_per_key() const override { return true; }

  std::string definition() const override {
    return nlohmann::json{{"key", options_.key},
                          {"mode", options_.mode == Mode::kMerge ? "merge" : "replace"},
                          {"index", options_.index}}
        .dump();
  }

  std::vector<Error> check(const ViewSpec& spec) const override {
    return check_paths(spec, options_.key, options_.index, {kDocumentColumn});
  }

  Result<std::unique_ptr<Fold>> make_fold(const ViewSpec& spec,
                                          const client::Schema& schema) const override {
    return std::make_unique<DocumentFold>(options_, spec.name, schema);
  }

 private:
  const DocumentOptions options_;
  std::vector<Question> questions_;
};

}  // namespace

std::unique_ptr<ViewPlan> make_document_plan(DocumentOptions options) {
  return std::make_unique<DocumentPlan>(std::move(options));
}

}  // namespace daybook::views::document
