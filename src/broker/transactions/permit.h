// Allows its holder to write something that belongs to a transaction: the transaction's end is not
// decided while one is held. Held for an append, or until pending offsets are durable.

#pragma once

#include <string>
#include <utility>

namespace daybook::broker {

class TransactionCoordinator;

class Permit {
 public:
  Permit() = default;
  Permit(TransactionCoordinator& coordinator, std::string id)
      : coordinator_(&coordinator), id_(std::move(id)) {}
  Permit(Permit&& other) noexcept
      : coordinator_(std::exchange(other.coordinator_, nullptr)), id_(std::move(other.id_)) {}
  Permit& operator=(Permit&& other) noexcept {
    release();
    coordinator_ = std::exchange(other.coordinator_, nullptr);
    id_ = std::move(other.id_);
    return *this;
  }
  ~Permit() { release(); }

  void release();

 private:
  TransactionCoordinator* coordinator_ = nullptr;
  std::string id_;
};

}  // namespace daybook::broker
