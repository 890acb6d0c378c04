#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker_connection.h"
#include "durations.h"
#include "modes.h"
#include "payload.h"
#include "produce_request.h"

namespace daybook::bench {
namespace {

// A batch of one record.
Bytes one_record(const Settings& settings) {
  Random random(1);
  Settings single = settings;
  single.batch_bytes = 1;
  return make_batch(single, random).bytes;
}

template <class Append>
void measure(const Settings& settings, Append append) {
  Durations durations;
  const Clock::time_point start = Clock::now();
  const Clock::time_point until = start + seconds_of(settings.seconds);
  for (auto before = start; before < until;) {
    append();
    const auto now = Clock::now();
    durations.add(now - before);
    before = now;
  }
  durations.print(seconds_since(start));
}

}  // namespace

void synced_appends(const Settings& settings) {
  const Bytes batch = one_record(settings);
  wire::ProduceRequest request = empty_produce_request(settings);
  request.topic_data.front().partition_data.push_back({PartitionId{0}, batch});
  const Bytes frame = wire::encode_request_frame(0, "log_load", request, kProduceVersion).flatten();
  using Waits = BrokerConnection::Waits;
  BrokerConnection connection(settings.broker, settings.awake ? Waits::kAwake : Waits::kAsleep);
  measure(settings, [&] {
    connection.send_bytes(frame);
    check_produced(connection.answer<wire::ProduceApi>(kProduceVersion));
  });
}

void bare_syncs(const Settings& settings) {
  const Bytes batch = one_record(settings);
  const std::string path = settings.folder + "/bare-syncs";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) give_up(fmt::format("cannot make {}: {}", path, std::strerror(errno)));
  measure(settings, [&] {
    if (::write(file, batch.data(), batch.size()) != static_cast<ssize_t>(batch.size()) ||
        ::fdatasync(file) != 0) {
      give_up(fmt::format("cannot append to {}: {}", path, std::strerror(errno)));
    }
  });
  ::close(file);
  ::unlink(path.c_str());
}

}  // namespace daybook::bench
