// Where events go that cannot be applied: the topic <topic>.rejected, with the event's own key,
// value, timestamp and headers, and in the headers daybook.task, daybook.topic, daybook.partition,
// daybook.offset and daybook.reason where it came from and why it is there.
//
// Owned by a task; one thread.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "flow/work.h"

namespace daybook::flow {

inline constexpr const char* kRejectedSuffix = ".rejected";

// The record that tells of a rejection. Its views live as long as the batch, the rejection and
// this.
class RejectedRecord {
 public:
  // `topic` is the rejected one.
  RejectedRecord(const client::Batch& batch, const Rejection& rejection, std::string_view topic,
                 std::string_view task);
  RejectedRecord(const RejectedRecord&) = delete;
  RejectedRecord& operator=(const RejectedRecord&) = delete;
  const client::OutgoingRecord& record() const { return record_; }

 private:
  std::string partition_;
  std::string offset_;
  client::OutgoingRecord record_;
};

// "event t/0:7 cannot be applied, and on_error is stop: why", as an error of kInvalid.
std::unexpected<Error> stopped_by(const client::Batch& batch, const Rejection& rejection);

class RejectedTopic {
 public:
  RejectedTopic(client::LogClient& log, std::string topic, std::string task);

  // Acknowledged by the log on success. Creates the topic if it is missing.
  Status write(const client::Batch& batch, const std::vector<Rejection>& rejections);

 private:
  Status open();

  client::LogClient& log_;
  std::string topic_;
  std::string task_;
  std::unique_ptr<client::Writer> writer_;
};

}  // namespace daybook::flow
