// The kinds of sources. Each is one folder below sources/kinds/, found by the build: its
// <kind>_kind.cpp defines `const SourceKind& <kind>_kind()` in namespace daybook::sources, and the
// list of them is generated, so that a new kind is one new folder and nothing else.
//
// A kind reads its own options (base/options.h) into a SourcePlan, offline: that is what `validate`
// does. The application then makes the Source from the plan.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "io/clock.h"
#include "sources/given_changes.h"
#include "sources/source.h"

namespace daybook::sources {

// Bounds of what a source may be asked for.
inline constexpr std::size_t kMaxTablesPerSource = 1'000;
inline constexpr std::int32_t kMaxPartitionsPerTopic = 10'000;

// What an application says of a source whatever its kind.
struct SourceSpec {
  std::string name;
  std::string topic;            // a template: "bank.{table}", with {source}, {schema}, {table}
  std::int32_t partitions = 1;  // of a topic that does not exist yet
};

// A source as declared and checked. Connects to nothing.
class SourcePlan {
 public:
  virtual ~SourcePlan() = default;
  // What the source will write, in the order of its tables, without repetition.
  virtual const std::vector<std::string>& topics() const = 0;
  // `log` and `clock` must outlive the source; the plan need not. Connects to nothing before run().
  virtual std::unique_ptr<Source> make(client::LogClient& log, const io::Clock& clock) const = 0;

  // For the tests of an application, where nothing is captured: the columns that the file gives the
  // table of this topic for them, and who writes the events of changes. The plan must outlive it.
  virtual std::optional<client::Schema> test_columns(const std::string& topic) const = 0;
  virtual std::unique_ptr<GivenChanges> give_changes(client::LogClient& log) const = 0;
};

class SourceKind {
 public:
  virtual ~SourceKind() = default;
  virtual std::string_view name() const = 0;  // the key in the application file: "postgres"
  // Null if anything was wrong; then every fault was reported to `options`.
  virtual std::unique_ptr<SourcePlan> plan(const SourceSpec& spec, Options& options) const = 0;
};

std::span<const SourceKind* const> source_kinds();          // ordered by name
const SourceKind* find_source_kind(std::string_view name);  // null if there is none

}  // namespace daybook::sources
