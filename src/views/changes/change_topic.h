// Publishes a view's rows to its change topic, a compacted one: the key is the row's key as JSON,
// the value the row, or a tombstone when it is gone.
//
// The guarantee: effectively once. Whatever crashes, when the view has caught up and what was noted
// is acknowledged, the last value of every key is the view's row. A consumer may meet a value
// twice, and not every state in between; it never meets a state that the view has not had, and the
// values of one key come in the order in which the row had them, except that after a swap or a
// rollback every row comes again as the version has it that answers now.
//
// Several processes may have the view, each with files of its own; one of them publishes
// (sole_writer.h). An earlier one that wakes up late cannot bring back an older value: the log
// refuses it. Who takes over publishes every row again, if somebody else has written since.
//
// It first takes up what the topic has, so that it can be the topic of an earlier version, or of
// before a crash, and rows that are gone go there, too.
//
// Of the version's task; one thread.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/transactions.h"
#include "views/changes/change_outbox.h"
#include "views/changes/sole_writer.h"

namespace daybook::views {

class ChangeTopic {
 public:
  struct Options {
    std::string topic;
    std::string input;  // as many partitions as that topic, if it is to be made
    std::vector<ResultColumn> columns;
    bool has_one_row_per_key = true;  // else a value is an array of rows
  };

  // `log` and `transactions` outlive it.
  ChangeTopic(client::LogClient& log, client::Transactions& transactions, Options options,
              std::shared_ptr<ChangeOutbox> outbox)
      : log_(log),
        transactions_(transactions),
        options_(std::move(options)),
        outbox_(std::move(outbox)) {}

  // On success what was noted is in the topic, durably, or stays noted because another process
  // publishes. On failure it stays noted.
  Status publish();
  // Another version publishes.
  Status leave();

 private:
  Status publish_pending(SoleWriter::Turn turn);
  Status begin();
  Status read_keys(const ChangeOutbox::TakeKey& take);
  Status write(const std::vector<ChangeOutbox::Change>& changes);
  std::string value_of(const ChangeOutbox::Change& change) const;

  client::LogClient& log_;
  client::Transactions& transactions_;
  const Options options_;
  const std::shared_ptr<ChangeOutbox> outbox_;
  std::unique_ptr<SoleWriter> writer_;
};

}  // namespace daybook::views
