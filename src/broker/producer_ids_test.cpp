#include "broker/producer_ids.h"

#include <gtest/gtest.h>

#include <future>
#include <set>

#include "broker/decisions.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "io/test_folder.h"

namespace daybook::broker {
namespace {

TEST(ProducerIds, NoTwoProducersGetOneIdHoweverManyAskAtOnce) {
  constexpr std::int64_t kAsked = 2 * kProducerIdBlock + 1;
  io::TestFolder folder;
  Metrics metrics;
  std::set<std::int64_t> ids;  // of the decisions' thread, until it has stopped
  std::promise<void> all_answered;
  std::promise<void> all_asked;
  std::int64_t answered = 0;
  auto catalog = catalog::Catalog::open(folder.path() + "/catalog.db");
  ASSERT_TRUE(catalog.has_value()) << catalog.error().message;
  Decisions decisions(*std::move(catalog), metrics);
  ProducerIds producer_ids(decisions);
  // Until this decision ends no block of ids can be reserved, and everybody waits.
  decisions.decide(
      [&](catalog::Catalog&) -> Status {
        all_asked.get_future().wait();
        return {};
      },
      [](Status) {});
  for (std::int64_t i = 0; i < kAsked; ++i) {
    producer_ids.take([&](Result<ProducerId> id) {
      EXPECT_TRUE(id.has_value());
      if (id) ids.insert(id->value);
      if (++answered == kAsked) all_answered.set_value();
    });
  }
  all_asked.set_value();
  all_answered.get_future().wait();
  decisions.stop();
  EXPECT_EQ(std::ssize(ids), kAsked);
}

}  // namespace
}  // namespace daybook::broker
