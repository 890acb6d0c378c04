#include "views/keyed/keyed_events.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "views/cell_storage.h"
#include "views/sqlite/values.h"

namespace daybook::views {
namespace {

using sql::ColumnType;
using sql::TypeId;

constexpr std::size_t kMaxPath = 256;

ColumnType key_type(const client::Schema& schema, const std::string& path) {
  const auto column = std::ranges::find(schema.columns, path, &client::Column::name);
  if (column == schema.columns.end()) return {};
  const auto type = sql::parse_type(column->type);
  if (!type) return {};
  switch (type->id) {
    case TypeId::kTinyint:
    case TypeId::kSmallint:
    case TypeId::kInteger:
    case TypeId::kBigint:
    case TypeId::kUtinyint:
    case TypeId::kUsmallint:
    case TypeId::kUinteger:
      return {TypeId::kBigint};
    default:
      return {};
  }
}

// Whether the bytes are JSON by the letter of RFC 8259, in UTF-8; else why not.
Status check_json(std::string_view text) {
  if (nlohmann::json::accept(text)) return {};
  try {
    [[maybe_unused]] const auto parsed = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    const std::string_view what = error.what();
    return fail(ErrorCode::kInvalid, "not JSON: " + std::string(what.substr(what.find(']') + 2)));
  }
  return fail(ErrorCode::kInvalid, "not JSON");
}

// Lets SQLite read `text`, which check_json() has passed.
Status read_json(sqlite::Statement& statement, std::string_view text) {
  statement.reset();
  statement.bind(0, text);
  const auto read = statement.step();
  if (read) return {};
  if (read.error().code != ErrorCode::kInvalid) return std::unexpected(read.error());
  return fail(ErrorCode::kInvalid, "the JSON is nested too deeply");
}

std::string extract_all(const std::string& below, const KeyedEvents::Options& options) {
  std::string sql;
  for (const auto* paths : {&options.key, &options.fields}) {
    for (const auto& path : *paths) {
      sql += ", json_extract(?1, " + path_literal(below + path) + ")";
    }
  }
  return sql;
}

}  // namespace

KeyedEvents::KeyedEvents(Options options, const client::Schema& schema)
    : options_(std::move(options)), is_change_(schema.envelope == client::Envelope::kDebezium) {
  for (const auto& path : options_.key) key_types_.push_back(key_type(schema, path));
  scratch_.resize(options_.key.size());
}

Status KeyedEvents::open(sqlite::Database& database) {
  DAYBOOK_TRY(read_plain_, database.prepare("SELECT json_type(?1)" + extract_all("", options_)));
  DAYBOOK_TRY(read_change_,
              database.prepare("SELECT json_extract(?1, '$.op'), json_type(?1, '$.before'), "
                               "json_type(?1, '$.after')" +
                               extract_all("before.", options_) + extract_all("after.", options_)));
  return {};
}

Result<std::vector<flow::Rejection>> KeyedEvents::compute(std::span<const sql::InputEvent> events,
                                                          const Check& check) {
  events_.clear();
  check_ = &check;
  std::vector<flow::Rejection> rejections;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto before = events_.size();
    const auto done = read(events[i]);
    if (done) continue;
    if (done.error().code != ErrorCode::kInvalid) return std::unexpected(done.error());
    events_.resize(before);
    rejections.push_back({i, done.error().message});
  }
  read_plain_.reset();
  read_change_.reset();
  std::ranges::stable_sort(events_, {}, &KeyedEvent::place);
  return rejections;
}

Status KeyedEvents::for_each_touch(const TakeTouch& take) const {
  for (const auto& event : events_) DAYBOOK_TRY_VOID(take(event.key, event.place));
  return {};
}

Status KeyedEvents::read(const sql::InputEvent& event) {
  if (!event.value) return is_change_ ? Status() : read_tombstone(event);
  const auto value = is_change_ ? change_text_.of(*event.value) : *event.value;
  DAYBOOK_TRY_VOID(check_json(value));
  return is_change_ ? read_change(event, value) : read_plain(event, value);
}

Status KeyedEvents::read_plain(const sql::InputEvent& event, std::string_view value) {
  DAYBOOK_TRY_VOID(read_json(read_plain_, value));
  if (read_plain_.text(0) != "object") {
    return fail(ErrorCode::kInvalid, "the value is not a JSON object");
  }
  DAYBOOK_TRY(auto row, row_at(read_plain_, 1));
  return add(std::move(row), false, value, event);
}

Status KeyedEvents::read_tombstone(const sql::InputEvent& event) {
  if (!event.key) return fail(ErrorCode::kInvalid, "a tombstone without a key removes nothing");
  const auto text = *event.key;
  const bool is_json = nlohmann::json::accept(text);
  if (is_json) {
    DAYBOOK_TRY_VOID(read_json(read_plain_, text));
    if (read_plain_.text(0) == "object") {
      DAYBOOK_TRY(auto row, row_at(read_plain_, 1));
      return add(std::move(row), true, {}, event);
    }
  }
  if (options_.key.size() != 1) {
    return fail(ErrorCode::kInvalid,
                "the tombstone's key is not a JSON object with the view's key");
  }
  const bool is_quoted = is_json && text.front() == '"';
  const auto bare = is_quoted ? nlohmann::json::parse(text).get<std::string>() : std::string(text);
  DAYBOOK_TRY(auto cell, parse_cell(bare, key_types_[0]));
  Row row{{std::move(cell)}, std::vector<Value>(options_.fields.size())};
  return add(std::move(row), true, {}, event);
}

Status KeyedEvents::read_change(const sql::InputEvent& event, std::string_view value) {
  DAYBOOK_TRY_VOID(read_json(read_change_, value));
  const std::string op(read_change_.text(0));
  const bool has_before = read_change_.text(1) == "object";
  const bool has_after = read_change_.text(2) == "object";
  if (op == "m") return {};
  if (op == "t") return fail(ErrorCode::kInvalid, "a TRUNCATE does not say which rows went");
  const bool puts = op == "c" || op == "r" || op == "u";
  if (!puts && op != "d") {
    return fail(ErrorCode::kInvalid, op.empty() ? "not a change event: it has no op"
                                                : "op " + op + " is not one of c, r, u, d, t, m");
  }
  const bool needs_before = !puts || (op == "u" && options_.retracts);
  if ((puts && !has_after) || (needs_before && !has_before)) {
    return fail(ErrorCode::kInvalid, "op " + op + " has not the row that it must have");
  }
  constexpr int kFirst = 3;
  const auto columns = static_cast<int>(options_.key.size() + options_.fields.size());
  std::optional<Row> after;
  if (puts) {
    DAYBOOK_TRY(after, row_at(read_change_, kFirst + columns));
  }
  if (has_before) {
    DAYBOOK_TRY(auto before, row_at(read_change_, kFirst));
    if (!after || options_.retracts || !same_key(before, *after)) {
      DAYBOOK_TRY_VOID(add(std::move(before), true, value, event));
    }
  }
  if (!after) return {};
  return add(std::move(*after), false, value, event);
}

Status KeyedEvents::add(Row row, bool is_removal, std::string_view value,
                        const sql::InputEvent& event) {
  events_.push_back({std::move(row.key),
                     std::move(row.values),
                     is_removal,
                     value,
                     {event.clock_ms, event.partition, event.offset}});
  if (is_removal || !*check_) return {};
  if (auto reason = (*check_)(events_.back())) {
    return fail(ErrorCode::kInvalid, std::move(*reason));
  }
  return {};
}

Result<KeyedEvents::Row> KeyedEvents::row_at(const sqlite::Statement& statement, int first) const {
  using Type = sqlite::Statement::Type;
  Row row;
  int column = first;
  for (std::size_t i = 0; i < options_.key.size(); ++i, ++column) {
    const auto type = statement.type(column);
    if (type != Type::kInteger && type != Type::kText) {
      return fail(ErrorCode::kInvalid,
                  "key " + options_.key[i] +
                      (type == Type::kNull ? " is missing or null"
                                           : " is neither a whole number nor text"));
    }
    auto cell = parse_cell(statement.text(column), key_types_[i]);
    if (!cell) return fail(cell.error(), "key " + options_.key[i]);
    row.key.push_back(std::move(*cell));
  }
  for (std::size_t i = 0; i < options_.fields.size(); ++i, ++column) {
    row.values.push_back(sqlite::value_of(statement, column));
  }
  return row;
}

bool KeyedEvents::same_key(const Row& one, const Row& other) const {
  return std::ranges::equal(one.key, other.key, [](const sql::Cell& a, const sql::Cell& b) {
    return a.kind == b.kind && compare(a, b) == 0;
  });
}

int KeyedEvents::bind_key(sqlite::Statement& statement, int first, const KeyedEvent& event) {
  for (std::size_t i = 0; i < event.key.size(); ++i) {
    bind_shown(statement, first + static_cast<int>(i), key_types_[i], event.key[i], scratch_[i]);
  }
  return first + static_cast<int>(event.key.size());
}

std::string path_literal(const std::string& path) {
  std::string literal = "'$";
  std::size_t from = 0;
  while (true) {
    const auto point = path.find('.', from);
    literal += ".\"" + path.substr(from, point - from) + "\"";
    if (point == std::string::npos) return literal + "'";
    from = point + 1;
  }
}

bool is_path(const std::string& path) {
  const bool has_empty_step = path.empty() || path.front() == '.' || path.back() == '.' ||
                              path.find("..") != std::string::npos;
  return !has_empty_step && path.size() <= kMaxPath &&
         path.find_first_of("'\"\\") == std::string::npos;
}

std::vector<Error> check_paths(const ViewSpec& spec, const std::vector<std::string>& key,
                               const std::vector<std::string>& others,
                               const std::vector<std::string>& taken) {
  std::vector<Error> faults;
  const auto add = [&](std::string message) {
    faults.push_back({ErrorCode::kInvalid, std::move(message)});
  };
  // Parameters of every question over HTTP.
  std::set<std::string> names = {"min_position", "timeout_ms", "row_limit", "time_limit_ms"};
  names.insert(taken.begin(), taken.end());
  auto paths = key;
  paths.insert(paths.end(), others.begin(), others.end());
  for (const auto& path : paths) {
    if (!is_path(path)) {
      add("\"" + path + "\" is not a path: write names with points between, as in address.zip");
    } else if (is_reserved(path)) {
      add("path " + path + ": names that begin with daybook_ are taken");
    } else if (!names.insert(path).second) {
      add("path " + path + " is there twice, or its name is taken by a column of the view");
    }
  }
  if (!spec.declared || spec.declared->columns.empty()) return faults;
  for (const auto& path : paths) {
    const auto top = path.substr(0, path.find('.'));
    const auto known = std::ranges::find(spec.declared->columns, top, &client::Column::name);
    if (known == spec.declared->columns.end() && is_path(path)) {
      add("path " + path + ": topic " + spec.topic + " declares no column " + top);
    }
  }
  return faults;
}

}  // namespace daybook::views
