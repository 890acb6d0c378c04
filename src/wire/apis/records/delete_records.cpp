#include "wire/apis/records/delete_records.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void DeleteRecordsRequest::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("Offset", m.offset);
}

template <class C, class M>
void DeleteRecordsRequest::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void DeleteRecordsRequest::fields(C& c, M& m) {
  c.field("Topics", m.topics);
  c.field("TimeoutMs", m.timeout_ms);
}

template <class C, class M>
void DeleteRecordsResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("LowWatermark", m.low_watermark);
  c.field("ErrorCode", m.error_code);
}

template <class C, class M>
void DeleteRecordsResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void DeleteRecordsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("Topics", m.topics);
}

DAYBOOK_WIRE_API(delete_records, DeleteRecordsApi)

}  // namespace daybook::wire
