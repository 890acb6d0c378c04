// One application, as its file declares it: where the log is, what is captured into it, which
// topics it has, which processors go between them, which views are folded from them. The file is
// YAML and strict (docs/app-file.md): what is not known is refused, never ignored, and one reading
// finds every fault.
//
// What a kind of source or view accepts is declared by the kind's own folder; nothing here knows
// the kinds that there are.

#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/environment.h"
#include "app/fault.h"
#include "app/test_section.h"
#include "client/schema.h"
#include "flow/processor_spec.h"
#include "io/file_system.h"
#include "sources/source_kind.h"
#include "views/view_kind.h"

namespace daybook::app {

struct EmbeddedLog {
  std::string folder;  // absolute, or relative to the working folder
};
struct KafkaLog {
  std::vector<std::string> bootstrap;  // HOST:PORT, at least one
};
using LogSection = std::variant<EmbeddedLog, KafkaLog>;

struct TopicSection {
  std::string name;
  Place place;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> config =
      {};                                    // Kafka's names: retention.ms, cleanup.policy, ...
  std::vector<client::Column> columns = {};  // empty: none declared
};

struct SourceSection {
  std::string name;
  Place place;
  const sources::SourceKind* kind = nullptr;
  std::unique_ptr<const sources::SourcePlan> plan = nullptr;  // never null in an AppFile
};

struct ProcessorSection {
  Place place;
  Place sql_place = {};
  flow::ProcessorSpec spec = {};
  std::vector<Place> lookup_places = {};                    // of each of the spec's lookups
  std::optional<std::vector<client::Column>> columns = {};  // of its outputs, if they are known
};

struct ViewSection {
  Place place;
  views::ViewSpec spec = {};
  std::shared_ptr<const views::ViewPlan> plan = nullptr;  // never null in an AppFile
};

// What a file is read for. In its tests nothing is captured, so the columns of captured tables are
// those that the file gives them for that; what runs has them from the database.
enum class Purpose : std::uint8_t { kRun, kTests };

struct AppFile {
  Purpose purpose = Purpose::kRun;
  std::string name;
  LogSection log = EmbeddedLog{"data"};
  std::vector<SourceSection> sources;
  std::vector<TopicSection> topics;
  std::vector<ProcessorSection> processors;
  std::vector<ViewSection> views;
  std::vector<TestSection> tests;
};

using AppFileResult = std::expected<AppFile, std::vector<Fault>>;

// `folder` is the file's own: a relative `log: {embedded: ...}` starts there.
AppFileResult parse_app_file(std::string_view yaml, const std::string& folder,
                             const Environment& environment, Purpose purpose = Purpose::kRun);

// The same from disk. That the file cannot be read is a fault of line 0.
AppFileResult load_app_file(io::FileSystem& files, const std::string& path,
                            const Environment& environment, Purpose purpose = Purpose::kRun);

}  // namespace daybook::app
