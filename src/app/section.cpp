#include "app/section.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <sstream>

#include "app/yaml_json.h"
#include "base/nearest.h"

namespace daybook::app {
namespace {

Place place_at(const YAML::Mark& mark) {
  return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1};
}

std::string quoted(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

std::string what_is(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map:
      return "a mapping";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Scalar:
      return "a single value";
    default:
      return "empty";
  }
}

// Where a document starts; what is in it does not matter.
class DocumentStart final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { place_ = place_at(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  Place place() const { return place_; }

 private:
  Place place_;
};

// The place of what follows the first document, if anything does.
std::optional<Place> find_more(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStart first;
  DocumentStart second;
  if (!parser.HandleNextDocument(first) || !parser.HandleNextDocument(second)) return std::nullopt;
  return second.place();
}

// What all sections of one file share.
struct Reading {
  Environment environment;
  Faults& faults;
};

class YamlSection final : public Section {
 public:
  YamlSection(const YAML::Node& node, Place place, Reading reading)
      : place_(place), reading_(std::move(reading)) {
    std::map<std::string, Place> seen;
    for (const auto& entry : node) {
      const Place key_place = place_at(entry.first.Mark());
      if (!entry.first.IsScalar()) {
        reading_.faults.add(key_place,
                            "a name must be a single value, not " + what_is(entry.first));
        continue;
      }
      const std::string& name = entry.first.Scalar();
      const auto [earlier, is_new] = seen.emplace(name, key_place);
      if (!is_new) {
        reading_.faults.add(key_place, quoted(name) + " is written twice; the first is in line " +
                                           std::to_string(earlier->second.line));
        continue;
      }
      entries_.push_back({name, key_place, entry.second});
    }
  }

  bool written(std::string_view name) override { return find(name) != nullptr; }

  std::optional<std::string> text(std::string_view name) override {
    const Entry* entry = find(name);
    return entry == nullptr ? std::nullopt : scalar(entry->value, name, "a single value");
  }

  std::optional<bool> boolean(std::string_view name) override {
    const auto value = text(name);
    if (!value) return std::nullopt;
    if (*value == "true") return true;
    if (*value == "false") return false;
    fault(name, quoted(name) + " must be true or false, not " + quoted(*value));
    return std::nullopt;
  }

  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min,
                                      std::int64_t max) override {
    const auto value = text(name);
    if (!value) return std::nullopt;
    std::int64_t number = 0;
    const char* end = value->data() + value->size();
    const auto [rest, error] = std::from_chars(value->data(), end, number);
    if (error == std::errc{} && rest == end && number >= min && number <= max) return number;
    fault(name, quoted(name) + " must be a whole number from " + std::to_string(min) + " to " +
                    std::to_string(max) + ", not " + quoted(*value));
    return std::nullopt;
  }

  std::optional<std::vector<std::string>> texts(std::string_view name) override {
    const Entry* entry = find(name);
    if (entry == nullptr) return std::nullopt;
    std::vector<std::string> values;
    if (!entry->value.IsSequence()) {
      auto only = scalar(entry->value, name, "a list");
      if (!only) return std::nullopt;
      values.push_back(std::move(*only));
      return values;
    }
    for (const auto& item : entry->value) {
      auto value = scalar(item, name, "a list of single values");
      if (!value) return std::nullopt;
      values.push_back(std::move(*value));
    }
    return values;
  }

  std::optional<std::vector<std::pair<std::string, std::string>>> pairs(
      std::string_view name) override {
    YamlSection* inner = mapping(name);
    if (inner == nullptr) return std::nullopt;
    std::vector<std::pair<std::string, std::string>> values;
    for (const Entry& entry : inner->entries_) {
      inner->known_.insert(entry.name);
      auto value = inner->scalar(entry.value, entry.name, "a single value");
      if (!value) return std::nullopt;
      values.emplace_back(entry.name, std::move(*value));
    }
    return values;
  }

  Options* section(std::string_view name) override { return mapping(name); }
  Section* inner(std::string_view name) override { return mapping(name); }

  std::vector<Member> members(std::string_view name) override {
    std::vector<Member> members;
    YamlSection* inner = mapping(name);
    if (inner == nullptr) return members;
    for (const Entry& entry : inner->entries_) {
      if (YamlSection* member = inner->mapping(entry.name)) {
        members.push_back({entry.name, entry.place, member});
      }
    }
    return members;
  }

  bool is_mapping(std::string_view name) override {
    const Entry* entry = find(name);
    return entry != nullptr && entry->value.IsMap();
  }

  std::optional<std::vector<std::string>> json_rows(std::string_view name) override {
    const Entry* entry = find(name);
    if (entry == nullptr) return std::nullopt;
    std::vector<std::string> rows;
    if (!entry->value.IsSequence() && !entry->value.IsNull()) {
      fault(name, quoted(name) + " must be a list, not " + what_is(entry->value));
      return std::nullopt;
    }
    for (const auto& item : entry->value) {
      auto row = item.IsScalar() ? expand(item.Scalar(), reading_.environment)
                                 : yaml_to_json(item, reading_.environment);
      if (!row) {
        reading_.faults.add(place_at(item.Mark()), row.error().message);
        return std::nullopt;
      }
      rows.push_back(std::move(*row));
    }
    return rows;
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const Entry& entry : entries_) names.push_back(entry.name);
    return names;
  }

  Place place_of(std::string_view name) override {
    const Entry* entry = lookup(name);
    if (entry == nullptr) return place_;
    const Place value = place_at(entry->value.Mark());
    return value.line > 0 ? value : entry->place;
  }

  void fault(std::string_view name, std::string message) override {
    reading_.faults.add(place_of(name), std::move(message));
  }

  bool refuse(std::string_view name, std::string message) override {
    const Entry* entry = lookup(name);
    if (entry == nullptr) return false;
    refused_.emplace(name);
    reading_.faults.add(entry->place, std::move(message));
    return true;
  }

  void report_unknown() override {
    const std::vector<std::string> known(known_.begin(), known_.end());
    for (const Entry& entry : entries_) {
      if (known_.contains(entry.name) || refused_.contains(entry.name)) continue;
      std::string message = "unknown key " + quoted(entry.name) + did_you_mean(entry.name, known);
      if (!nearest(entry.name, known)) message += known_names(known);
      reading_.faults.add(entry.place, std::move(message));
    }
    for (const auto& [name, inner] : sections_) inner->report_unknown();
  }

 private:
  struct Entry {
    std::string name;
    Place place;
    YAML::Node value;
  };

  static std::string known_names(const std::vector<std::string>& known) {
    if (known.empty()) return "";
    std::string text = "; known here: ";
    for (std::size_t i = 0; i < known.size(); ++i) text += (i == 0 ? "" : ", ") + known[i];
    return text;
  }

  const Entry* lookup(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, &Entry::name);
    return found == entries_.end() ? nullptr : &*found;
  }

  const Entry* find(std::string_view name) {
    known_.emplace(name);
    return lookup(name);
  }

  std::optional<std::string> scalar(const YAML::Node& node, std::string_view name,
                                    const char* wanted) {
    if (!node.IsScalar()) {
      fault(name, quoted(name) + " must be " + wanted + ", not " + what_is(node));
      return std::nullopt;
    }
    auto expanded = expand(node.Scalar(), reading_.environment);
    if (expanded) return std::move(*expanded);
    reading_.faults.add(place_at(node.Mark()), expanded.error().message);
    return std::nullopt;
  }

  YamlSection* mapping(std::string_view name) {
    const Entry* entry = find(name);
    if (entry == nullptr) return nullptr;
    const auto opened = sections_.find(entry->name);
    if (opened != sections_.end()) return opened->second.get();
    // An empty mapping may be written as nothing at all: "web.click:".
    if (!entry->value.IsMap() && !entry->value.IsNull()) {
      fault(name, quoted(name) + " must be a mapping, not " + what_is(entry->value));
      return nullptr;
    }
    auto inner = std::make_unique<YamlSection>(entry->value, entry->place, reading_);
    return sections_.emplace(entry->name, std::move(inner)).first->second.get();
  }

  Place place_;
  Reading reading_;
  std::vector<Entry> entries_;
  std::set<std::string, std::less<>> known_;
  std::set<std::string, std::less<>> refused_;
  std::map<std::string, std::unique_ptr<YamlSection>, std::less<>> sections_;
};

}  // namespace

std::unique_ptr<Section> read_section(std::string_view yaml, const Environment& environment,
                                      Faults& faults) {
  if (yaml.size() > kMaxAppFileBytes) {
    faults.add({}, "the file has " + std::to_string(yaml.size()) +
                       " bytes, more than the limit of " + std::to_string(kMaxAppFileBytes));
    return nullptr;
  }
  try {
    const std::string text(yaml);
    const YAML::Node root = YAML::Load(text);
    // YAML::LoadAll() never ends on a text in which a document takes nothing, such as ",".
    if (const auto more = find_more(text)) {
      faults.add(*more, "not part of the first document: one file declares one app");
      return nullptr;
    }
    if (root.IsNull()) {
      faults.add({}, "the file is empty: an application file starts with \"app: NAME\"");
      return nullptr;
    }
    if (!root.IsMap()) {
      faults.add(place_at(root.Mark()), "the file must be a mapping, not " + what_is(root));
      return nullptr;
    }
    return std::make_unique<YamlSection>(root, Place{1, 1}, Reading{environment, faults});
  } catch (const YAML::Exception& error) {
    faults.add(place_at(error.mark), "not YAML: " + error.msg);
    return nullptr;
  }
}

}  // namespace daybook::app
