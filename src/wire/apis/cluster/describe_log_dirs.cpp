#include "wire/apis/cluster/describe_log_dirs.h"

#include "wire/message_codec.h"

namespace daybook::wire {

template <class C, class M>
void DescribeLogDirsRequest::Topic::fields(C& c, M& m) {
  c.field("Topic", m.topic);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void DescribeLogDirsRequest::fields(C& c, M& m) {
  c.field("Topics", m.topics);
}

template <class C, class M>
void DescribeLogDirsResponse::Partition::fields(C& c, M& m) {
  c.field("PartitionIndex", m.partition_index);
  c.field("PartitionSize", m.partition_size);
  c.field("OffsetLag", m.offset_lag);
  c.field("IsFutureKey", m.is_future_key);
}

template <class C, class M>
void DescribeLogDirsResponse::Topic::fields(C& c, M& m) {
  c.field("Name", m.name);
  c.field("Partitions", m.partitions);
}

template <class C, class M>
void DescribeLogDirsResponse::Result::fields(C& c, M& m) {
  c.field("ErrorCode", m.error_code);
  c.field("LogDir", m.log_dir);
  c.field("Topics", m.topics);
  c.field("TotalBytes", m.total_bytes, since(4));
  c.field("UsableBytes", m.usable_bytes, since(4));
}

template <class C, class M>
void DescribeLogDirsResponse::fields(C& c, M& m) {
  c.field("ThrottleTimeMs", m.throttle_time_ms);
  c.field("ErrorCode", m.error_code, since(3));
  c.field("Results", m.results);
}

DAYBOOK_WIRE_API(describe_log_dirs, DescribeLogDirsApi)

}  // namespace daybook::wire
