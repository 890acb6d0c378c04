// One writer of a change topic at a time, of all the processes that have the view, each with files
// of its own. Which one it is, a consumer group says: its members share the one partition of
// daybook.schemas out, and whoever has it writes. One that leaves makes room at once; one that
// dies, is stopped, or is cut off from the log is put out of the group within seconds.
//
// The invariant: once a writer has taken over, nothing that an earlier one still has to say comes
// into the topic, however late it wakes up. Each writes in transactions under one transactional id,
// and taking over ends the transaction that was open and moves the id's epoch on, so that the log
// itself refuses the earlier one (kFenced), be it Daybook's or Apache Kafka.
//
// Every record names its publisher in the header daybook.publisher: who takes over sees by the last
// ones whether somebody else has written since.
//
// Of the version's task; one thread.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "client/log_client.h"
#include "client/transactions.h"

namespace daybook::views {

inline constexpr const char* kPublisherHeader = "daybook.publisher";

class SoleWriter {
 public:
  // `publisher` is the name that this one has after a crash as well, and nobody else.
  // `log` and `transactions`, which are of one log, outlive it.
  SoleWriter(client::LogClient& log, client::Transactions& transactions, std::string topic,
             std::string publisher)
      : log_(log),
        transactions_(transactions),
        topic_(std::move(topic)),
        publisher_(std::move(publisher)) {}

  // kNew: nobody else writes from now on. kKept: as before. kNone: another writes, or it is not
  // settled yet. Joins the group, and keeps the membership: to be asked again and again.
  enum class Turn : std::uint8_t { kNone, kNew, kKept };
  Result<Turn> turn();

  // Whether the last record of every partition is of this publisher, so that nobody else has
  // written behind it.
  Result<bool> is_as_we_left_it();

  // One transaction: after commit() all of it is in the topic, durably. An error ends the turn.
  Status begin();
  Status write(std::string_view key, std::optional<std::string_view> value);
  Status commit();

  // Another may write at once. What is not committed is not in the topic.
  void leave();

 private:
  Status join();
  Status ended(Status status);

  client::LogClient& log_;
  client::Transactions& transactions_;
  const std::string topic_;
  const std::string publisher_;
  std::unique_ptr<client::MemberReader> member_;
  std::unique_ptr<client::TransactionalWriter> writer_;
};

}  // namespace daybook::views
