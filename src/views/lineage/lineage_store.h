// Which events touched each row, in the table daybook_lineage of the version's file: by the row's
// key as JSON, in pieces of up to kPieceEvents events, so that another event costs little however
// many there are. Of a row with more than kMaxLineageEvents the oldest pieces are dropped. A key's
// events stay when its row goes: they say why it went.
//
// Of the version's task; one thread.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "views/event_place.h"
#include "views/key_columns.h"
#include "views/lineage/traced_fold.h"
#include "views/sqlite/database.h"

namespace daybook::views {

inline constexpr std::int64_t kPieceEvents = 100;
inline constexpr std::int64_t kMaxLineageEvents = 1'000;

struct RowLineage {
  std::int64_t earlier = 0;  // events that are not remembered any more
  std::vector<EventPlace> places;
};

// Of a version that keeps lineage: it is built anew where it is wanted or not wanted any more.
inline constexpr const char* kLineageFingerprint = "\nlineage 1";

class LineageStore final : public TouchKeeper {
 public:
  explicit LineageStore(KeyColumns key) : key_(std::move(key)) {}

  std::string fingerprint() const override { return kLineageFingerprint; }
  Status create(sqlite::Database& database) override;
  Status open(sqlite::Database& database) override;
  Status note(const std::vector<sql::Cell>& key, const EventPlace& place) override;
  Status settle() override;

 private:
  // More events of a key, in their order.
  Status add(std::string_view key, std::span<const EventPlace> places);
  Status put(std::string_view key, std::int64_t first, std::string_view events);
  Status forget(std::string_view key, std::int64_t count);

  const KeyColumns key_;
  std::vector<std::pair<std::string, EventPlace>> touched_;  // of the batch
  sqlite::Statement last_;
  sqlite::Statement put_;
  sqlite::Statement forget_;
};

// Of a key; nothing remembered if it never had an event.
Result<RowLineage> read_lineage(sqlite::Database& database, std::string_view key);

}  // namespace daybook::views
