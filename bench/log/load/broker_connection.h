// A blocking connection to a broker: frames out, frames in, several requests on their way at once.
// One thread sends and one receives; they may be the same.

#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "settings.h"
#include "wire/frame.h"

namespace daybook::bench {

class BrokerConnection {
 public:
  // How receive() waits. Awake, it keeps its core, and an answer has nobody to wake.
  enum class Waits : bool { kAsleep, kAwake };

  // `address` is host:port, the host in numbers.
  explicit BrokerConnection(const std::string& address, Waits waits = Waits::kAsleep);
  ~BrokerConnection();
  BrokerConnection(const BrokerConnection&) = delete;
  BrokerConnection& operator=(const BrokerConnection&) = delete;

  void send(const wire::Encoded& frame);
  void send_bytes(BytesView frame);
  // The next response, without its length; valid until the next call.
  BytesView receive();
  // Both directions end: a receive() that waits fails softly, with an empty answer.
  void hang_up();

  template <class Api>
  void ask(const typename Api::Request& request, std::int16_t version) {
    send(wire::encode_request_frame(0, "log_load", request, version));
  }
  // The next response, as one of `Api`; its views are valid until the next receive().
  template <class Api>
  typename Api::Response answer(std::int16_t version) {
    return decode_answer<Api>(receive(), version);
  }
  template <class Api>
  static typename Api::Response decode_answer(BytesView frame, std::int16_t version) {
    const auto response =
        must(wire::decode_response_frame(frame, *wire::find_api(Api::kKey), version));
    return must(wire::decode<typename Api::Response>(response.body, version));
  }

 private:
  bool read(MutableBytes into);

  int socket_;
  int receive_flags_;
  Bytes buffer_;
};

}  // namespace daybook::bench
