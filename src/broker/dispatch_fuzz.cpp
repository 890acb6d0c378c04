// Arbitrary bytes as a request, against a whole engine on a scratch folder, below the socket. The
// input is a run of frames, each behind two bytes of length, so that requests meet what earlier
// ones left. Whatever they are: no crash, and every sink is used or dropped.

#include <cstdlib>
#include <string>

#include "base/endian.h"
#include "base/report.h"
#include "broker/append_queue.h"
#include "broker/dispatch.h"
#include "broker/engine.h"
#include "broker/server.h"
#include "io/test_folder.h"

namespace daybook::broker {
namespace {

class NoStrand final : public Strand {
 public:
  void post(std::move_only_function<void()>) override {}
  void when_closed(std::move_only_function<void()>) override {}
};

class NoSink final : public ReplySink {
 public:
  void send(wire::Encoded) override {}
  void send_nothing() override {}
  void refuse(std::string) override {}
  std::shared_ptr<Strand> strand() override { return std::make_shared<NoStrand>(); }
};

struct Scratch {
  Scratch() {
    // Stopping answers who waits, so what answers need must be made before, to be there still.
    static_cast<void>(wire::all_apis());
    set_least_severity(Severity::kError);
    ServerOptions options;
    options.data_folder = folder.path();
    options.durability = Durability::kOs;
    // A fuzzer makes up names all day: each would be a folder.
    options.config = {{"auto.create.topics.enable", "false"}};
    auto opened = Engine::open(options);
    if (!opened) std::abort();
    engine = std::move(*opened);
  }
  io::TestFolder folder;  // outlives the engine
  std::unique_ptr<Engine> engine;
};

}  // namespace
}  // namespace daybook::broker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook;
  static broker::Scratch scratch;
  static const broker::Endpoint kAdvertised{"localhost", 9092};
  broker::AppendQueue appends;
  BytesView left(reinterpret_cast<const std::byte*>(data), size);
  while (left.size() >= 2) {
    const std::size_t length = load_be<std::uint16_t>(left.data());
    const BytesView frame = left.subspan(2, std::min(length, left.size() - 2));
    left = left.subspan(2 + frame.size());
    static_cast<void>(broker::dispatch(scratch.engine->core(), kAdvertised, "/127.0.0.1", appends,
                                       frame, std::make_unique<broker::NoSink>()));
  }
  appends.flush();
  return 0;
}
