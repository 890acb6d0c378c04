// A position in PostgreSQL's write-ahead log, written as the server writes it: "0/16B3748".

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace daybook::sources::postgres {

struct Lsn : StrongId<struct LsnTag, std::uint64_t> {
  using StrongId::StrongId;
};

std::string to_string(Lsn lsn);
Result<Lsn> parse_lsn(std::string_view text);

}  // namespace daybook::sources::postgres
