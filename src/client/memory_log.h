// A LogClient whose log is in memory, with the contract of the port: the same partitioner, the
// same errors, the same long poll. It is what flow, views and sources are tested on; the contract
// test runs the same cases over it and over the Kafka adapter.
//
// It creates no topic by itself: reading or writing one that is not there is kNotFound. The log
// lives as long as the LogClient; its readers and writers must not outlive it. Threads: as the
// port says; several readers and writers may work at once.

#pragma once

#include <memory>

#include "client/log_client.h"
#include "client/transactions.h"
#include "io/clock.h"

namespace daybook::client {

// `clock` stamps the records that come without a timestamp, and must outlive the log. No fetch
// waits for more than `longest_wait`, whatever it is told: for who writes everything first.
std::unique_ptr<LogClient> make_memory_log(const io::Clock& clock = io::real_clock(),
                                           milliseconds longest_wait = milliseconds::max());

// Groups and transactions of `log`, which make_memory_log() has made.
std::unique_ptr<Transactions> make_memory_transactions(LogClient& log);

// Leaves an offset of `log`, which make_memory_log() has made, without a record, as compaction, the
// mark of a transaction and what it had written before an abort do: one that is there, whose record
// goes, or the next that there will be.
Status empty_offset(LogClient& log, const TopicPartition& partition, Offset offset);

}  // namespace daybook::client
