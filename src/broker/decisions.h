// The broker's way to its catalog: decisions are queued, and a thread of their own commits all that
// wait in one durable transaction, however many connections they came from. In the order in which
// they were given.
//
// Threads: any. Callbacks run on the decisions' thread, in order, after the transaction is durable;
// they must not block. The queue is bounded: a connection has one decision waiting at most.

#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

namespace daybook::broker {

struct Metrics;

class Decisions {
 public:
  using Done = std::move_only_function<void(Status)>;

  Decisions(std::unique_ptr<catalog::Catalog> catalog, Metrics& metrics);
  ~Decisions();
  Decisions(const Decisions&) = delete;
  Decisions& operator=(const Decisions&) = delete;

  // `done` is called once: with success if the decision is durable, with the decision's own error,
  // or with that of the transaction. kCancelled, on the caller's thread, if they were stopped.
  void decide(catalog::Decision decision, Done done);
  // The same, and waits for it. Not from an I/O thread nor from a callback.
  Status decide_and_wait(catalog::Decision decision);

  // Finishes what was given, takes no more, and closes the catalog.
  void stop();

 private:
  void loop();

  std::unique_ptr<catalog::Catalog> catalog_;
  Metrics& metrics_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<catalog::Decision> decisions_;
  std::vector<Done> dones_;  // one for each decision
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace daybook::broker
