// The schema of one topic as a task looks for it. Of a topic of which nobody has said any columns
// it is guessed from its first thousand events, and published, so that everybody who reads the
// topic has the same; it is said to be inferred. It grows while those come, and after that when
// numbers come that do not fit.
//
// Whoever writes a topic and knows its columns publishes them before the first event. So what has
// events and no columns has nobody who will say them.
//
// Events that were looked at are not read again. Owner: a task. One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "flow/schema/input_schema.h"
#include "flow/schema/schema_guess.h"

namespace daybook::flow {

class TopicSchema {
 public:
  TopicSchema(client::LogClient& log, std::string topic, std::optional<client::Schema> declared);

  // As find_input_schema(), and infers what is not there.
  Result<FoundSchema> find();

  // For events that do not fit `used`, by their values: another one, if there is one by now.
  Result<std::optional<client::Schema>> find_for(const client::Schema& used,
                                                 std::span<const std::string_view> values);

  // How many events were read in order to look at them.
  std::size_t events_read() const { return events_read_; }

 private:
  struct Part {
    Offset next;  // behind what was looked at
    Offset end;   // of the sample
  };

  Result<bool> look_at_sample();
  Status look_at(const client::Position& from, const client::Position& end);
  Result<std::optional<client::Schema>> publish();

  client::LogClient& log_;
  const std::string topic_;
  const std::optional<client::Schema> declared_;
  std::optional<client::Schema> published_;  // that the guess goes on from
  SchemaGuess guess_;
  std::map<std::int32_t, Part> sample_;  // by partition, of those that have events
  bool is_complete_ = false;             // the sample was looked at
  std::size_t events_read_ = 0;
};

}  // namespace daybook::flow
