// Payments as a captured table has them: the schema, rows as JSON, and one life of such a table.

#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "client/schema.h"
#include "views/testing/kind_run.h"

namespace daybook::views::testing {

inline client::Schema payment_schema(client::Envelope envelope) {
  return {envelope,
          {{"id", "BIGINT", true},
           {"account", "BIGINT"},
           {"amount", "DECIMAL(18,2)"},
           {"note", "VARCHAR"}}};
}

inline std::string payment(int id, int account, const std::string& amount,
                           const std::string& note = "n") {
  return R"({"id":)" + std::to_string(id) + R"(,"account":)" + std::to_string(account) +
         R"(,"amount":")" + amount + R"(","note":")" + note + R"("})";
}

// Inserts, updates (some of the key) and deletions, of four ids.
inline std::vector<TestEvent> random_changes(std::mt19937_64& random, int count, int first_id = 1) {
  const auto pick = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  std::map<int, std::string> table;
  std::vector<TestEvent> events;
  for (int i = 0; i < count; ++i) {
    const int id = first_id + pick(0, 3);
    const auto found = table.find(id);
    const int next = found != table.end() && pick(1, 5) == 1 ? first_id + pick(0, 3) : id;
    const auto row = payment(next, pick(1, 3), std::to_string(pick(-9, 9)) + ".50",
                             "note " + std::to_string(pick(1, 3)));
    if (found == table.end()) {
      events.push_back(change(std::to_string(id), "c", "null", row));
      table[id] = row;
    } else if (pick(1, 4) == 1 || (next != id && table.contains(next))) {
      events.push_back(change(std::to_string(id), "d", found->second, "null"));
      table.erase(found);
    } else {
      events.push_back(change(std::to_string(id), "u", found->second, row));
      table.erase(found);
      table[next] = row;
    }
    events.back().time_ms = i * 10 + pick(-15, 15) + 100;
  }
  return events;
}

}  // namespace daybook::views::testing
