// The events of bench/apps: payments of 200 bytes, keyed by their account.
//
//   app_load create bootstrap=H:P topic=T partitions=N
//   app_load fill   bootstrap=H:P topic=T records=N keys=N             as fast as they are taken
//   app_load pace   bootstrap=H:P topic=T records=N keys=N rate=N      each when it is due
//
// `pace` prints the time at which the first event is due, in microseconds since 1970; event n is
// due n/rate seconds later, and carries that time. Sequence and accounts are the same each time.

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "client/kafka_client.h"

namespace {

using daybook::Result;
using daybook::Status;
namespace client = daybook::client;
using Settings = std::map<std::string, std::string, std::less<>>;
using std::chrono::microseconds;

constexpr std::size_t kEventBytes = 200;
constexpr std::uint64_t kMaxCents = 1'000'000;
constexpr std::uint64_t kPauseEvents = 16;  // of pace: how many go out together at most
constexpr client::milliseconds kFlushTimeout{120'000};
constexpr std::string_view kKinds[] = {"card", "transfer", "deposit", "fee"};
constexpr std::string_view kNote = "what somebody wrote on a payment, again and again, ";

// SplitMix64: a number that looks like chance, the same for the same n.
std::uint64_t scattered(std::uint64_t n) {
  n += 0x9e3779b97f4a7c15U;
  n = (n ^ (n >> 30U)) * 0xbf58476d1ce4e5b9U;
  n = (n ^ (n >> 27U)) * 0x94d049bb133111ebU;
  return n ^ (n >> 31U);
}

microseconds now() {
  return std::chrono::duration_cast<microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "app_load: {}\n", why);
  std::exit(1);
}

template <class T>
T value_of(Result<T> result) {
  if (!result) give_up(result.error().message);
  return std::move(*result);
}

void check(const Status& done) {
  if (!done) give_up(done.error().message);
}

const std::string& text(const Settings& settings, std::string_view name) {
  const auto found = settings.find(name);
  if (found == settings.end()) give_up(fmt::format("{}=... is missing", name));
  return found->second;
}

std::uint64_t number(const Settings& settings, std::string_view name) {
  const std::string& value = text(settings, name);
  std::uint64_t result = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (error != std::errc{} || *end != 0 || result == 0) {
    give_up(fmt::format("{}={}: it must be a number above 0", name, value));
  }
  return result;
}

class Events {
 public:
  Events(client::Writer& writer, const Settings& settings)
      : writer_(writer), topic_(text(settings, "topic")), keys_(number(settings, "keys")) {}

  void write(std::uint64_t n, microseconds sent) {
    const std::uint64_t chance = scattered(n);
    const std::uint64_t cents = (chance >> 32U) % kMaxCents;
    key_ = std::to_string(chance % keys_);
    value_.clear();
    fmt::format_to(std::back_inserter(value_),
                   R"({{"id":{},"account":{},"amount":"{}.{:02}","kind":"{}","sent":{},"note":")",
                   n, key_, cents / 100, cents % 100, kKinds[chance >> 62U], sent.count());
    while (value_.size() + kNote.size() + 2 <= kEventBytes) value_ += kNote;
    value_ += kNote.substr(0, kEventBytes - 2 - value_.size());
    value_ += "\"}";
    check(writer_.write({.topic = topic_,
                         .partition = {},
                         .key = std::string_view(key_),
                         .value = std::string_view(value_),
                         .headers = {}}));
  }

 private:
  client::Writer& writer_;
  const std::string topic_;
  const std::uint64_t keys_;
  std::string key_;
  std::string value_;
};

void fill(client::Writer& writer, const Settings& settings) {
  Events events(writer, settings);
  const std::uint64_t records = number(settings, "records");
  for (std::uint64_t n = 0; n < records; ++n) events.write(n, now());
  check(writer.flush(kFlushTimeout));
}

void pace(client::Writer& writer, const Settings& settings) {
  Events events(writer, settings);
  const std::uint64_t records = number(settings, "records");
  const std::uint64_t rate = number(settings, "rate");
  const microseconds first = now() + std::chrono::milliseconds(100);
  fmt::print("{}\n", first.count());
  std::fflush(stdout);
  for (std::uint64_t n = 0; n < records; ++n) {
    const microseconds due = first + microseconds(n * 1'000'000 / rate);
    if (n % kPauseEvents == 0 && due > now()) std::this_thread::sleep_for(due - now());
    while (due > now()) std::this_thread::yield();
    events.write(n, due);
  }
  check(writer.flush(kFlushTimeout));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  Settings settings;
  for (int i = 2; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos) give_up(fmt::format("{}: name=value", argument));
    settings.emplace(argument.substr(0, equals), argument.substr(equals + 1));
  }
  client::KafkaOptions options;
  options.bootstrap = text(settings, "bootstrap");
  if (mode == "pace") options.linger = client::milliseconds(1);
  const auto log = value_of(client::make_kafka_client(options));
  if (mode == "create") {
    const auto partitions = static_cast<std::int32_t>(number(settings, "partitions"));
    check(log->create_topic({text(settings, "topic"), partitions, {}}));
    return 0;
  }
  if (mode != "fill" && mode != "pace") give_up("the first argument is create, fill or pace");
  const auto writer = value_of(log->make_writer());
  mode == "fill" ? fill(*writer, settings) : pace(*writer, settings);
  return 0;
}
