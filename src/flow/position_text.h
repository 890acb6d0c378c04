// Positions as people and URLs write them: "bank.card_tx/0:1200,bank.card_tx/1:1187", each entry
// topic/partition:offset, offsets exclusive (everything below has been applied).

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "client/log_client.h"

namespace daybook::flow {

std::string to_text(const client::Position& position);

// kInvalid, naming the entry, for anything that to_text() would not write. An empty text is the
// position before everything.
Result<client::Position> position_from_text(std::string_view text);

// True if `reached` is at or after `wanted` in every partition that `wanted` names.
bool covers(const client::Position& reached, const client::Position& wanted);

}  // namespace daybook::flow
