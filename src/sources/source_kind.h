// The kinds of sources. Each is one folder below sources/kinds/, found by the build: its
// <kind>_kind.cpp defines `const SourceKind& <kind>_kind()` in namespace daybook::sources, and the
// list of them is generated, so that a new kind is one new folder and nothing else.
//
// A kind declares its options; the application file is checked against the declaration (types,
// unknown keys, missing ones) without the kind's code knowing about YAML.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "client/log_client.h"
#include "io/clock.h"
#include "sources/source.h"

namespace daybook::sources {

enum class OptionType : std::uint8_t { kText, kInteger, kBoolean, kTextList };

struct OptionSpec {
  std::string_view name;
  OptionType type;
  bool required = false;
  std::string_view meaning;               // one line, for messages and documentation
  std::vector<std::string_view> choices;  // of a kText; empty: any
};

using OptionValue = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;
using Options = std::map<std::string, OptionValue, std::less<>>;

// One source as an application declares it.
struct SourceSpec {
  std::string name;
  std::string topic;            // a template: "bank.{table}", with {source}, {schema}, {table}
  std::int32_t partitions = 1;  // of a topic that does not exist yet
  Options options;              // of the kind, already of the declared types
};

// Bounds of what a source may be asked for.
inline constexpr std::size_t kMaxTablesPerSource = 1'000;
inline constexpr std::int32_t kMaxPartitionsPerTopic = 10'000;

class SourceKind {
 public:
  virtual ~SourceKind() = default;
  virtual std::string_view name() const = 0;  // the key in the application file
  virtual std::span<const OptionSpec> options() const = 0;
  // Checks without connecting to anything, and tells the topics that the source will write, in the
  // order of its tables. kInvalid says what is wrong.
  virtual Result<std::vector<std::string>> topics(const SourceSpec& spec) const = 0;
  // `log` and `clock` must outlive the source. Connects to nothing before run().
  virtual Result<std::unique_ptr<Source>> make(const SourceSpec& spec, client::LogClient& log,
                                               const io::Clock& clock) const = 0;
};

std::span<const SourceKind* const> source_kinds();          // ordered by name
const SourceKind* find_source_kind(std::string_view name);  // null if there is none

// `spec` has every required option and only known ones, each of its type and choices. The error
// names all the faults, one a line.
Status check_options(const SourceKind& kind, const SourceSpec& spec);

}  // namespace daybook::sources
