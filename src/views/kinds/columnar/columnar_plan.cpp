#include "views/kinds/columnar/columnar_plan.h"

#include <nlohmann/json.hpp>

#include "flow/schema/input_schema.h"
#include "views/kinds/columnar/columnar_fold.h"
#include "views/version_reader.h"

namespace daybook::views::columnar {
namespace {

Question files_question() {
  return {.name = "files",
          .meaning =
              "the Parquet files that the rows are in, the folder of each, and the offsets "
              "of the partition that it is of",
          .parameters = {},
          .answer = [](VersionReader& version, const Arguments&, const ReadOptions& options) {
            return version.select(
                "SELECT folder, name, partition, first_offset, next_offset, rows, bytes FROM "
                "daybook_files ORDER BY folder, partition, first_offset",
                {}, options);
          }};
}

class ColumnarPlan final : public ViewPlan {
 public:
  explicit ColumnarPlan(ColumnarOptions options)
      : options_(std::move(options)), questions_{files_question()} {}

  std::string_view kind() const override { return "columnar"; }
  const std::vector<std::string>& key() const override { return no_key_; }
  const std::vector<Question>& questions() const override { return questions_; }

  std::string definition() const override {
    return nlohmann::json{{"sql", options_.sql}, {"partition_by", options_.partition_by}}.dump();
  }

  std::vector<Error> check(const ViewSpec& spec) const override {
    if (!spec.declared) return check_columnar(options_, spec.input);
    const auto schema =
        flow::to_input_schema(spec.topic, *spec.declared, flow::UnknownTypes::kRefuse);
    if (!schema) return {schema.error()};
    const auto query = plan_columnar(options_, spec.input, *schema);
    return query ? std::vector<Error>() : query.error();
  }

  Result<std::unique_ptr<Fold>> make_fold(const ViewSpec& spec,
                                          const client::Schema& schema) const override {
    const auto unknown = spec.declared ? flow::UnknownTypes::kRefuse : flow::UnknownTypes::kAsText;
    DAYBOOK_TRY(const auto input, flow::to_input_schema(spec.topic, schema, unknown));
    auto query = plan_columnar(options_, spec.input, input);
    if (!query) return std::unexpected(joined(query.error()));
    return std::make_unique<ColumnarFold>(std::move(*query));
  }

 private:
  const ColumnarOptions options_;
  const std::vector<std::string> no_key_;
  const std::vector<Question> questions_;
};

}  // namespace

std::unique_ptr<ViewPlan> make_columnar_plan(ColumnarOptions options) {
  return std::make_unique<ColumnarPlan>(std::move(options));
}

}  // namespace daybook::views::columnar
