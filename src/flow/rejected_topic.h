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

class RejectedTopic {
 public:
  RejectedTopic(client::LogClient& log, std::string topic, std::string task);

  // Acknowledged by the log on success. Creates the topic if it is missing.
  Status write(const client::Batch& batch, const std::vector<Rejection>& rejections);

 private:
  Status open();
  Status write_one(const client::Batch& batch, const Rejection& rejection);

  client::LogClient& log_;
  std::string topic_;
  std::string task_;
  std::unique_ptr<client::Writer> writer_;
};

}  // namespace daybook::flow
