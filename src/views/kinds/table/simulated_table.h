// A table that lives at random: rows are inserted, changed and deleted, and each of it is an event
// in one of several partitions, as a source captures it, or, of a plain topic, as a program writes
// it. It knows what is left of it at the end. Equal seeds give equal lives.

#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "sql/calendar.h"
#include "sql/input.h"
#include "sql/int128.h"
#include "views/kinds/table/random_select.h"

namespace daybook::views::table {

using sql::TypeId;

inline constexpr const char* kSimulatedTopic = "t";

// One row of the simulated table: column name to JSON text, in two spellings of the same value.
struct SimulatedRow {
  std::map<std::string, std::string> change;  // as a source writes it
  std::map<std::string, std::string> plain;   // as a program writes it
};

struct SimulatedEvent {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t time_ms = 0;
  std::int64_t clock_ms = 0;
  std::string key;
  std::string value;
};

inline sql::InputSchema simulated_schema(bool is_change) {
  return {kSimulatedTopic,
          is_change,
          {{"id", {TypeId::kBigint}, true},
           {"g", {TypeId::kVarchar}},
           {"h", {TypeId::kInteger}},
           {"b", {TypeId::kBigint}},
           {"d", {TypeId::kDecimal, 18, 2}},
           {"w", {TypeId::kDecimal, 30, 4}},
           {"f", {TypeId::kDouble}},
           {"ts", {TypeId::kTimestamp}},
           {"day", {TypeId::kDate}},
           {"ok", {TypeId::kBoolean}}}};
}

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed) {
    is_change_ = chance(2, 3);
    partitions_ = pick(1, 3);
    clocks_.resize(static_cast<std::size_t>(partitions_));
    events_.resize(static_cast<std::size_t>(partitions_));
    const int steps = pick(1, 400);
    const int ids = pick(1, 60);
    for (int i = 0; i < steps; ++i) is_change_ ? step(ids) : insert(i);
  }

  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool chance(int part, int of) { return pick(1, of) <= part; }
  template <class T>
  const T& any(const std::vector<T>& of) {
    return of[static_cast<std::size_t>(pick(0, static_cast<int>(of.size()) - 1))];
  }

  bool is_change() const { return is_change_; }
  std::int32_t partitions() const { return partitions_; }
  const std::vector<std::vector<SimulatedEvent>>& events() const { return events_; }

  // The final table as plain events, in the order of what happened last to each row.
  std::vector<SimulatedEvent> final_rows() const {
    std::vector<SimulatedEvent> rows;
    for (const auto& [id, row] : table_) {
      rows.push_back(row.last);
      rows.back().value = object(row.row.plain);
    }
    return rows;
  }

  std::string query(std::vector<std::string>& key) {
    return RandomSelect(random_, is_change_).make(key);
  }

 private:
  struct TableRow {
    SimulatedRow row;
    SimulatedEvent last;
  };

  SimulatedRow make_row(int id) {
    SimulatedRow row;
    const auto put = [&](const char* name, const std::string& change, const std::string& plain) {
      const bool is_null = chance(1, 6);
      row.change[name] = is_null ? "null" : change;
      row.plain[name] = is_null ? "null" : plain;
    };
    row.change["id"] = row.plain["id"] = std::to_string(id);
    const auto g = std::string("\"") + any<std::string>({"a", "b", "c", "\\u00e9\\n", ""}) + "\"";
    put("g", g, g);
    const auto h = std::to_string(pick(-2, 3));
    put("h", h, h);
    const auto b = chance(1, 8) ? any<std::string>({"9223372036854775807", "-9223372036854775808"})
                                : std::to_string(pick(-1000, 1000));
    put("b", b, b);
    const auto d = sql::to_text(pick(-300, 300), 2);
    put("d", "\"" + d + "\"", d);
    const auto w = sql::to_text(sql::Int128(pick(-1000, 1000)) * 1'000'000'000'000'000'000, 4);
    put("w", "\"" + w + "\"", w);
    const auto f = std::to_string(pick(-4, 4)) + "." + std::to_string(pick(0, 99));
    put("f", f, f);
    const std::int64_t micros = 1'767'225'600'000'000 + pick(0, 5) * 43'200'000'000LL + pick(0, 3);
    put("ts", std::to_string(micros), "\"" + sql::timestamp_text(micros) + "Z\"");
    const int day = 20'454 + pick(0, 3);
    put("day", std::to_string(day), "\"" + sql::date_text(day) + "\"");
    const std::string ok = chance(1, 2) ? "true" : "false";
    put("ok", ok, ok);
    return row;
  }

  static std::string object(const std::map<std::string, std::string>& fields) {
    std::string text = "{";
    for (const auto& [name, value] : fields) {
      text += (text.size() == 1 ? "\"" : ",\"") + name + "\":" + value;
    }
    return text + "}";
  }

  SimulatedEvent& add(int id, std::string value) {
    const auto partition = static_cast<std::size_t>(id % partitions_);
    auto& events = events_[partition];
    now_ += pick(-3, 5);
    clocks_[partition] = std::max(clocks_[partition], now_);
    events.push_back({static_cast<std::int32_t>(partition),
                      static_cast<std::int64_t>(events.size()), now_, clocks_[partition],
                      std::to_string(id), std::move(value)});
    return events.back();
  }

  void insert(int id) {
    auto row = make_row(id);
    auto& event = add(id, object(row.plain));
    table_[id] = {row, event};
  }

  // Inserts, updates or deletes one row.
  void step(int ids) {
    const int id = pick(1, ids);
    const auto change = [](const std::string& before, const std::string& after, const char* op) {
      return R"({"before":)" + before + R"(,"after":)" + after +
             R"(,"source":{"lsn":1,"x":[{}]},"op":")" + op + R"(","ts_ms":1})";
    };
    const auto found = table_.find(id);
    if (found == table_.end()) {
      auto row = make_row(id);
      auto& event = add(id, change("null", object(row.change), chance(1, 2) ? "c" : "r"));
      table_[id] = {row, event};
    } else if (chance(1, 4)) {
      add(id, change(object(found->second.row.change), "null", "d"));
      table_.erase(found);
    } else {
      auto row = make_row(id);
      if (chance(1, 3)) {  // only one column changes
        auto kept = found->second.row;
        kept.change["d"] = row.change["d"];
        kept.plain["d"] = row.plain["d"];
        row = kept;
      }
      auto& event = add(id, change(object(found->second.row.change), object(row.change), "u"));
      found->second = {row, event};
    }
  }

  std::mt19937_64 random_;
  bool is_change_ = false;
  std::int32_t partitions_ = 1;
  std::int64_t now_ = 1'767'225'600'000;
  std::vector<std::int64_t> clocks_;
  std::vector<std::vector<SimulatedEvent>> events_;
  std::map<int, TableRow> table_;
};

}  // namespace daybook::views::table
