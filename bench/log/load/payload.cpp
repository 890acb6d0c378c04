#include "payload.h"

#include <fmt/format.h>

#include "wire/batch_builder.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kRecordOverheadBytes = 10;  // about: lengths, deltas, no key, no header

}  // namespace

TimestampMs now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return TimestampMs{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

std::string make_value(Random& random, std::size_t size_bytes) {
  std::string value;
  while (value.size() < size_bytes) {
    value += fmt::format(R"({{"id":{},"account_id":{},"amount":"{}.{:02}",)"
                         R"("merchant":"GROCER {}","card":"{:016x}"}})",
                         random.below(1'000'000'000), random.below(20'000), random.below(5'000),
                         random.below(100), random.below(300), random.next());
  }
  value.resize(size_bytes);
  return value;
}

Batch make_batch(const Settings& settings, Random& random) {
  wire::BatchBuilder builder({.compression = settings.compression});
  const TimestampMs now = now_ms();
  Batch batch;
  do {
    builder.add(now, std::nullopt, as_bytes(make_value(random, settings.record_bytes)));
    ++batch.records;
  } while (builder.size_bytes() + settings.record_bytes + kRecordOverheadBytes <=
           settings.batch_bytes);
  batch.bytes = must(std::move(builder).finish());
  return batch;
}

}  // namespace daybook::bench
