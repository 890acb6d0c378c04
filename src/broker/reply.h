// The answer that a request is owed. A handler sends it at once or keeps the Reply and sends it
// later, from any thread, once. A Reply that is destroyed unsent closes the connection: a client
// must never wait for an answer that cannot come.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "wire/encoded.h"
#include "wire/frame.h"

namespace daybook::broker {

// A connection's own thread.
class Strand {
 public:
  virtual ~Strand() = default;
  // Runs `work` there, soon; drops it if the connection has ended. From any thread.
  virtual void post(std::move_only_function<void()> work) = 0;
  // Calls `closed` there when the connection ends, also if its client goes while it is owed an
  // answer and has sent nothing more; takes the place of what was given before. On that thread.
  virtual void when_closed(std::move_only_function<void()> closed) = 0;
};

// Where answers go: one for each request, implemented by the connection and by tests.
class ReplySink {
 public:
  // Destroyed without send() or send_nothing(): the connection is closed.
  virtual ~ReplySink() = default;
  virtual void send(wire::Encoded frame) = 0;
  // The client does not expect an answer.
  virtual void send_nothing() = 0;
  // Closes the connection instead; `reason` is reported.
  virtual void refuse(std::string reason) = 0;
  virtual std::shared_ptr<Strand> strand() = 0;
};

template <class Response>
class Reply {
 public:
  Reply(std::unique_ptr<ReplySink> sink, std::int32_t correlation_id, std::int16_t version)
      : sink_(std::move(sink)), correlation_id_(correlation_id), version_(version) {}

  void operator()(const Response& response) {
    std::exchange(sink_, nullptr)
        ->send(wire::encode_response_frame(correlation_id_, response, version_));
  }
  void nothing() { std::exchange(sink_, nullptr)->send_nothing(); }
  void refuse(std::string reason) { std::exchange(sink_, nullptr)->refuse(std::move(reason)); }
  std::shared_ptr<Strand> strand() { return sink_->strand(); }

 private:
  std::unique_ptr<ReplySink> sink_;
  std::int32_t correlation_id_;
  std::int16_t version_;
};

}  // namespace daybook::broker
