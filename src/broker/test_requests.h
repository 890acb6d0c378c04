// For tests: the requests that most of them make, and what is in the answers.

#pragma once

#include <string>
#include <vector>

#include "broker/test_client.h"
#include "wire/apis/records/fetch.h"
#include "wire/apis/records/produce.h"
#include "wire/apis/topics/create_topics.h"
#include "wire/batch_builder.h"

namespace daybook::broker {

inline Bytes test_batch(const std::vector<std::string>& values, wire::BatchOptions options = {}) {
  wire::BatchBuilder builder(options);
  for (const std::string& value : values) {
    builder.add(TimestampMs{1'000}, as_bytes("key"), as_bytes(value));
  }
  return std::move(builder).finish().value();
}

inline constexpr std::int16_t kByName = 12;  // the last version of Produce and Fetch without ids

inline wire::ProduceRequest produce_request(const std::string& topic, BytesView records,
                                            PartitionId partition = PartitionId{0}) {
  wire::ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = 1000;
  request.topic_data.resize(1);
  request.topic_data[0].name = topic;
  request.topic_data[0].partition_data.push_back({partition, records});
  return request;
}

inline wire::ProduceResponse::Partition produce(TestClient& client, const std::string& topic,
                                                BytesView records,
                                                PartitionId partition = PartitionId{0}) {
  const auto response = client.ask(produce_request(topic, records, partition), kByName);
  return response.responses.at(0).partition_responses.at(0);
}

inline wire::FetchRequest fetch_request(const std::string& topic, Offset from,
                                        std::int32_t max_wait_ms = 0) {
  wire::FetchRequest request;
  request.max_wait_ms = max_wait_ms;
  request.min_bytes = 1;
  request.max_bytes = 1 << 20;
  request.topics.resize(1);
  request.topics[0].topic = topic;
  wire::FetchRequest::Partition partition;
  partition.fetch_offset = from;
  partition.partition_max_bytes = 1 << 20;
  request.topics[0].partitions.push_back(partition);
  return request;
}

// The values of all records in an answer, in order.
inline std::vector<std::string> values_in(const wire::FetchResponse& response) {
  std::vector<std::string> values;
  for (const auto& topic : response.responses) {
    for (const auto& partition : topic.partitions) {
      BytesView left = partition.records && !partition.records->empty()
                           ? partition.records->front().bytes
                           : BytesView{};
      while (!left.empty()) {
        const auto batch = wire::frame_batch(left);
        if (!batch) break;
        auto reader = wire::RecordReader::open(*batch);
        wire::Record record;
        while (reader && reader->next(record).value_or(false)) {
          values.emplace_back(as_text(record.value.value_or(BytesView{})));
        }
        left = left.subspan(batch->size_bytes());
      }
    }
  }
  return values;
}

inline wire::KafkaError create_topic(TestClient& client, const std::string& name,
                                     std::int32_t partitions = 1) {
  wire::CreateTopicsRequest request;
  wire::CreateTopicsRequest::Topic topic;
  topic.name = name;
  topic.num_partitions = partitions;
  topic.replication_factor = -1;
  request.topics.push_back(std::move(topic));
  return client.ask(request).topics.at(0).error_code;
}

}  // namespace daybook::broker
