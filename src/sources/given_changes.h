// The changes of captured tables that a test of an application gives. What people write of them
// becomes the events that the source itself would make, by the very same code.

#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace daybook::sources {

class GivenChanges {
 public:
  virtual ~GivenChanges() = default;
  // `change` is JSON: {"insert": ROW}, {"update": KEY, "set": COLUMNS}, {"delete": KEY}, or a ROW
  // alone, one that was there before. In the log on success; kInvalid says what is wrong with it
  // and what to do.
  virtual Status give(const std::string& topic, std::string_view change, TimestampMs time) = 0;
};

}  // namespace daybook::sources
