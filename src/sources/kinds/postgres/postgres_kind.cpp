// The kind `postgres`: its options, and the Source that they make.

#include "sources/kinds/postgres/given/written_changes.h"
#include "sources/kinds/postgres/postgres_config.h"
#include "sources/kinds/postgres/postgres_source.h"
#include "sources/source_kind.h"

namespace daybook::sources {
namespace {

class PostgresPlan final : public SourcePlan {
 public:
  explicit PostgresPlan(postgres::PostgresConfig config) : config_(std::move(config)) {
    for (const auto& table : config_.tables) topics_.push_back(table.topic);
  }
  const std::vector<std::string>& topics() const override { return topics_; }
  std::unique_ptr<Source> make(client::LogClient& log, const io::Clock& clock) const override {
    return postgres::make_postgres_source(config_, log, clock);
  }
  std::optional<client::Schema> test_columns(const std::string& topic) const override {
    for (const auto& given : config_.test_tables) {
      if (given.table.topic == topic) return postgres::schema_of(given.table);
    }
    return std::nullopt;
  }
  std::unique_ptr<GivenChanges> give_changes(client::LogClient& log) const override {
    return postgres::make_given_changes(config_, log);
  }

 private:
  postgres::PostgresConfig config_;
  std::vector<std::string> topics_;
};

class PostgresKind final : public SourceKind {
 public:
  std::string_view name() const override { return "postgres"; }
  std::unique_ptr<SourcePlan> plan(const SourceSpec& spec, Options& options) const override {
    auto config = postgres::read_config(spec, options);
    if (!config) return nullptr;
    return std::make_unique<PostgresPlan>(std::move(*config));
  }
};

}  // namespace

const SourceKind& postgres_kind();  // source_kind.cpp lists it
const SourceKind& postgres_kind() {
  static const PostgresKind kind;
  return kind;
}

}  // namespace daybook::sources
