#include "log/compaction/transaction_trail.h"

#include <algorithm>
#include <functional>

#include "wire/control_record.h"
#include "wire/record_reader.h"

namespace daybook::log {

TransactionTrail::TransactionTrail(std::vector<AbortedEntry> aborted) : later_(std::move(aborted)) {
  std::ranges::sort(later_, std::greater<>(), &AbortedEntry::first);
}

void TransactionTrail::begin_up_to(Offset last) {
  while (!later_.empty() && later_.back().first <= last) {
    aborted_[later_.back().producer] = {later_.back(), false};
    later_.pop_back();
  }
}

bool TransactionTrail::is_aborted(const wire::BatchView& batch) {
  begin_up_to(batch.last_offset());
  if (!batch.is_transactional()) return false;
  const auto aborted = aborted_.find(batch.producer_id());
  if (aborted != aborted_.end()) return aborted->second.seen = true;
  committed_.insert(batch.producer_id());
  return false;
}

Result<TransactionTrail::Ended> TransactionTrail::end_by(const wire::BatchView& marker) {
  begin_up_to(marker.last_offset());
  if (marker.record_count() == 0) return Ended{.leaves_nothing = true, .aborted = {}};
  DAYBOOK_TRY(auto reader, wire::RecordReader::open(marker));
  wire::Record record;
  DAYBOOK_TRY_VOID(reader.next(record));
  DAYBOOK_TRY(const auto type, wire::control_record_type(record));
  if (type == wire::ControlRecordType::kCommit) {
    return Ended{.leaves_nothing = committed_.erase(marker.producer_id()) == 0, .aborted = {}};
  }
  if (type != wire::ControlRecordType::kAbort) return Ended{};
  const auto ended = aborted_.extract(marker.producer_id());
  if (ended.empty() || !ended.mapped().seen) return Ended{.leaves_nothing = true, .aborted = {}};
  return Ended{.leaves_nothing = false, .aborted = ended.mapped().entry};
}

}  // namespace daybook::log
