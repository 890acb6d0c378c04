#include "app/app_file.h"

#include <filesystem>

#include "app/app_reader.h"
#include "app/names.h"
#include "app/section.h"

namespace daybook::app {
namespace {

constexpr std::size_t kMaxBootstrapAddresses = 100;

std::string beside(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

LogSection read_log(Section& root, const std::string& folder, Faults& faults) {
  const LogSection by_default = EmbeddedLog{beside(folder, "data")};
  Options* log = root.section("log");
  if (log == nullptr) return by_default;
  const bool embedded = log->written("embedded");
  const bool kafka = log->written("kafka");
  if (embedded == kafka) {
    faults.add(root.place_of("log"),
               embedded ? "\"log\" has both \"embedded\" and \"kafka\": keep one of them"
                        : "\"log\" needs embedded: FOLDER or kafka: [HOST:PORT, ...]");
    return by_default;
  }
  if (embedded) {
    const auto path = log->required_text("embedded");
    return path ? EmbeddedLog{beside(folder, *path)} : by_default;
  }
  const auto bootstrap = log->required_texts("kafka");
  if (!bootstrap) return by_default;
  if (bootstrap->size() > kMaxBootstrapAddresses) {
    log->fault("kafka", "\"kafka\" has more than 100 addresses");
  }
  for (const std::string& address : *bootstrap) {
    if (const auto wrong = address_fault(address, false)) {
      log->fault("kafka", in_quotes(address) + " " + *wrong);
    }
  }
  return KafkaLog{*bootstrap};
}

std::string read_name(Section& root) {
  const auto name = root.required_text("app");
  if (!name) return "";
  if (const auto wrong = part_name_fault(*name)) {
    root.fault("app", "the app's name " + in_quotes(*name) + " " + *wrong);
  }
  return *name;
}

struct Owner {
  std::string what;  // source "core"
  bool declares_columns = true;
};

// Two writers of one topic would each give it columns and partitions of their own.
class Owners {
 public:
  explicit Owners(Faults& faults) : faults_(faults) {}

  void add(const std::string& topic, const Owner& owner, Place place) {
    const auto [found, is_new] = owners_.emplace(topic, owner);
    if (is_new || found->second.what == owner.what) return;
    faults_.add(place, owner.what + " would write topic " + in_quotes(topic) + ", which " +
                           found->second.what + " writes: give one of them another topic");
  }

  void check(const TopicSection& topic) {
    const auto owner = owners_.find(topic.name);
    if (owner == owners_.end() || topic.columns.empty() || !owner->second.declares_columns) return;
    faults_.add(topic.place, "topic " + in_quotes(topic.name) + " is written by " +
                                 owner->second.what +
                                 ", which declares its columns itself: remove \"columns\" here");
  }

 private:
  std::map<std::string, Owner> owners_;
  Faults& faults_;
};

void check_topics_have_one_owner(const AppFile& app, Faults& faults) {
  Owners owners(faults);
  for (const SourceSection& source : app.sources) {
    for (const std::string& topic : source.plan->topics()) {
      owners.add(topic, {"source " + in_quotes(source.name)}, source.place);
    }
  }
  for (const ProcessorSection& processor : app.processors) {
    const bool declares = !processor.columns || !processor.columns->empty();
    for (const auto& output : processor.spec.outputs) {
      owners.add(output.topic, {"processor " + in_quotes(processor.spec.name), declares},
                 processor.place);
    }
  }
  for (const TopicSection& topic : app.topics) owners.check(topic);
}

}  // namespace

std::string in_quotes(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

bool refuse_unbuilt(Section& section, std::initializer_list<std::string_view> names,
                    const std::string& what) {
  bool refused = false;
  for (const std::string_view name : names) {
    refused |= section.refuse(
        name, what + in_quotes(name) + " is not available in this version of Daybook: remove it");
  }
  return refused;
}

AppFileResult parse_app_file(std::string_view yaml, const std::string& folder,
                             const Environment& environment, Purpose purpose) {
  Faults faults;
  AppFile app;
  app.purpose = purpose;
  if (const auto root = read_section(yaml, environment, faults)) {
    app.name = read_name(*root);
    app.log = read_log(*root, folder, faults);
    read_sources(*root, app, faults);
    read_topics(*root, app, faults);
    read_processors(*root, folder, app, faults);
    read_views(*root, app, faults);
    check_processors(*root, app, faults);
    read_tests(*root, app, faults);
    refuse_unbuilt(*root, {"models", "sinks"}, "");
    check_topics_have_one_owner(app, faults);
    root->report_unknown();
  }
  if (!faults.empty()) return std::unexpected(faults.sorted());
  return app;
}

AppFileResult load_app_file(io::FileSystem& files, const std::string& path,
                            const Environment& environment, Purpose purpose) {
  const auto unreadable = [](const std::string& message) {
    return std::unexpected(std::vector<Fault>{{Place{}, message}});
  };
  const auto file = files.open(path, io::OpenMode::kRead);
  if (!file) return unreadable("cannot read the application file: " + file.error().message);
  // One byte more than allowed tells a file that is too large from one that just fits.
  Bytes content(kMaxAppFileBytes + 1);
  const auto size = (*file)->read_at(0, content);
  if (!size) return unreadable("cannot read the application file: " + size.error().message);
  content.resize(*size);
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return parse_app_file(as_text(content), folder, environment, purpose);
}

}  // namespace daybook::app
