// The long polls that wait for records: kept so that a server that stops can end them.
//
// Threads: any.

#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace daybook::broker {

class WaitingFetch {
 public:
  virtual ~WaitingFetch() = default;
  // Answers soon with what there is.
  virtual void end() = 0;
};

class WaitingFetches {
 public:
  using Place = std::list<std::weak_ptr<WaitingFetch>>::iterator;

  // One that comes after end_all() is ended at once.
  Place add(const std::shared_ptr<WaitingFetch>& fetch);
  void remove(Place place);
  void end_all();

 private:
  std::mutex mutex_;
  std::list<std::weak_ptr<WaitingFetch>> waiting_;
  bool ended_ = false;
};

}  // namespace daybook::broker
