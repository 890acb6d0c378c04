#include "sources/kinds/postgres/postgres_config.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "sources/topic_template.h"

namespace daybook::sources::postgres {
namespace {

constexpr std::size_t kMaxNameBytes = 63;  // of an identifier, PostgreSQL's NAMEDATALEN - 1

// The parser's own message is not repeated: it may quote the password.
bool is_connection_string(const std::string& dsn) {
  char* message = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(dsn.c_str(), &message);
  const bool valid = parsed != nullptr;
  PQconninfoFree(parsed);
  PQfreemem(message);
  return valid;
}

// "table" is public.table.
std::optional<TableName> parse_table(const std::string& text) {
  const auto dot = text.find('.');
  TableName name = dot == std::string::npos ? TableName{"public", text}
                                            : TableName{text.substr(0, dot), text.substr(dot + 1)};
  const auto is_name = [](const std::string& part) {
    return !part.empty() && part.size() <= kMaxNameBytes && !part.contains('\0');
  };
  if (!is_name(name.schema) || !is_name(name.table) || name.table.contains('.')) {
    return std::nullopt;
  }
  return name;
}

// A slot's name may hold lower-case letters, digits and underscores only.
std::string slot_for(const std::string& source) {
  std::string slot = "daybook_";
  for (const char c : source) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    slot += upper ? static_cast<char>(c - 'A' + 'a') : (allowed ? c : '_');
  }
  return slot.substr(0, kMaxNameBytes);
}

bool is_slot_name(const std::string& name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool read_tables(const SourceSpec& spec, Options& options, PostgresConfig& config) {
  const auto tables = options.required_texts("tables");
  if (!tables) return false;
  if (tables->size() > kMaxTablesPerSource) {
    options.fault("tables", fmt::format("{} tables; a source captures at most {}", tables->size(),
                                        kMaxTablesPerSource));
    return false;
  }
  bool good = true;
  std::set<TableName> names;
  std::set<std::string> topics;
  for (const auto& text : *tables) {
    const auto name = parse_table(text);
    if (!name) {
      options.fault("tables", fmt::format("'{}' names no table: write schema.table", text));
      good = false;
      continue;
    }
    auto topic = expand_topic(spec.topic, {spec.name, name->schema, name->table});
    if (!topic) {
      options.fault("tables", fmt::format("table {}: {}", text, topic.error().message));
      good = false;
    } else if (!names.insert(*name).second) {
      options.fault("tables", fmt::format("table {} is there twice", text));
      good = false;
    } else if (!topics.insert(*topic).second) {
      options.fault("tables", fmt::format("table {} would share topic '{}' with another: put "
                                          "{{table}} or {{schema}} into the topic's name",
                                          text, *topic));
      good = false;
    } else {
      config.tables.push_back({*name, *topic});
    }
  }
  return good;
}

// "test_columns: {TABLE: {COLUMN: TYPE, ...}}", of any of the tables.
void read_test_columns(Options& options, PostgresConfig& config) {
  if (!options.written("test_columns")) return;
  Options* section = options.section("test_columns");
  if (section == nullptr) return;
  for (const auto& [name, topic] : config.tables) {
    if (!section->written(name.text())) continue;
    const auto columns = section->pairs(name.text());
    if (!columns) continue;
    auto table = given_table(name, topic, *columns, config.decimals);
    if (!table) {
      section->fault(name.text(), table.error().message);
    } else {
      config.test_tables.push_back(std::move(*table));
    }
  }
}

}  // namespace

std::optional<PostgresConfig> read_config(const SourceSpec& spec, Options& options) {
  PostgresConfig config;
  config.source = spec.name;
  config.partitions = spec.partitions;
  bool good = true;
  if (const auto dsn = options.required_text("dsn")) {
    config.dsn = *dsn;
    if (!is_connection_string(*dsn)) {
      options.fault(
          "dsn",
          "\"dsn\" is no connection string: write key=value pairs (host=... dbname=... user=...; "
          "a value with blanks in single quotes) or postgresql://user@host/database");
      good = false;
    }
  } else {
    good = false;
  }
  good = read_tables(spec, options, config) && good;
  config.slot = options.text("slot").value_or(slot_for(spec.name));
  if (!is_slot_name(config.slot)) {
    options.fault("slot", fmt::format("'{}' cannot name a slot: lower-case letters, digits and "
                                      "'_', at most {}",
                                      config.slot, kMaxNameBytes));
    good = false;
  }
  config.publication = options.text("publication").value_or(config.slot);
  if (config.publication.empty() || config.publication.size() > kMaxNameBytes) {
    options.fault("publication",
                  fmt::format("\"publication\" must have 1 to {} characters", kMaxNameBytes));
    good = false;
  }
  config.set_replica_identity = options.boolean("set_replica_identity").value_or(false);
  config.tombstones = options.boolean("tombstones").value_or(true);
  if (const auto decimals = options.choice("decimals", {"string", "double"})) {
    config.decimals = *decimals == "double" ? DecimalForm::kDouble : DecimalForm::kText;
  }
  read_test_columns(options, config);
  if (!good) return std::nullopt;
  return config;
}

}  // namespace daybook::sources::postgres
