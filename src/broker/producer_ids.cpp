#include "broker/producer_ids.h"

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
  std::vector<Taken> waiting = std::exchange(waiting_, {});
  std::vector<Result<ProducerId>> answers;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    answers.push_back(first && next_ < end_ ? Result<ProducerId>(ProducerId{next_++}) : first);
  }
  lock.unlock();
  for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i](std::move(answers[i]));
}

}  // namespace daybook::broker
