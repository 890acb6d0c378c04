// Groups and transactions of the log in memory: what a transaction wrote is appended when it is
// committed, all at once with the group's offsets.

#pragma once

#include <memory>

#include "client/memory/store.h"
#include "client/transactions.h"

namespace daybook::client::memory {

std::unique_ptr<Transactions> make_transactions(std::shared_ptr<Store> store);

}  // namespace daybook::client::memory
