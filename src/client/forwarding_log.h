// A log that is another one, but for what a class made of it does differently.
//
// The other outlives it. Threads: as the other's.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/log_client.h"

namespace daybook::client {

class ForwardingLog : public LogClient {
 public:
  explicit ForwardingLog(LogClient& log) : log_(log) {}

  Result<std::unique_ptr<Reader>> make_reader() override { return log_.make_reader(); }
  Result<std::unique_ptr<Writer>> make_writer() override { return log_.make_writer(); }
  Status reach(std::chrono::milliseconds limit) override { return log_.reach(limit); }
  Result<std::vector<TopicInfo>> list_topics() override { return log_.list_topics(); }
  Result<TopicInfo> describe_topic(const std::string& name) override {
    return log_.describe_topic(name);
  }
  Status create_topic(const TopicSpec& spec) override { return log_.create_topic(spec); }
  Status delete_topic(const std::string& name) override { return log_.delete_topic(name); }
  Status configure_topic(const std::string& name, const TopicChange& change) override {
    return log_.configure_topic(name, change);
  }
  Result<std::map<std::string, std::string>> topic_config(const std::string& name) override {
    return log_.topic_config(name);
  }
  Result<OffsetRanges> offsets_of(const std::vector<TopicPartition>& partitions) override {
    return log_.offsets_of(partitions);
  }
  Result<Offset> offset_at(const TopicPartition& partition, TimestampMs time) override {
    return log_.offset_at(partition, time);
  }

 private:
  LogClient& log_;
};

}  // namespace daybook::client
