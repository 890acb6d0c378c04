#include "broker/producer_ids.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "broker/decisions.h"
#include "broker/limits.h"

namespace daybook::broker {

void ProducerIds::take(Taken taken) {
  std::unique_lock lock(mutex_);
  if (next_ < end_) {
    const ProducerId id{next_++};
    lock.unlock();
    taken(id);
    return;
  }
  waiting_.push_back(std::move(taken));
  if (waiting_.size() > 1) return;
  lock.unlock();
  reserve();
}

void ProducerIds::reserve() {
  const auto first = std::make_shared<ProducerId>();
  decisions_.decide(
      [first](catalog::Catalog& catalog) -> Status {
        DAYBOOK_TRY(*first, catalog.reserve_producer_ids(kProducerIdBlock));
        return {};
      },
      [this, first](Status status) {
        if (status) {
          on_block(*first);
        } else {
          on_block(std::unexpected(std::move(status).error()));
        }
      });
}

void ProducerIds::on_block(Result<ProducerId> first) {
  std::unique_lock lock(mutex_);
  if (first) {
    next_ = first->value;
    end_ = first->value + kProducerIdBlock;
  }
  // Who waits beyond the end of the block waits for the next one.
  const std::size_t answered =
      first ? std::min(waiting_.size(), static_cast<std::size_t>(kProducerIdBlock))
            : waiting_.size();
  const auto rest = waiting_.begin() + static_cast<std::ptrdiff_t>(answered);
  std::vector<Taken> served(std::make_move_iterator(waiting_.begin()),
                            std::make_move_iterator(rest));
  waiting_.erase(waiting_.begin(), rest);
  const bool is_used_up = !waiting_.empty();
  std::vector<Result<ProducerId>> answers;
  for (std::size_t i = 0; i < served.size(); ++i) {
    answers.push_back(first ? Result<ProducerId>(ProducerId{next_++}) : first);
  }
  lock.unlock();
  if (is_used_up) reserve();
  for (std::size_t i = 0; i < served.size(); ++i) served[i](std::move(answers[i]));
}

}  // namespace daybook::broker
