// The tests that stand beside an application in its file: events that are given, and the rows that
// must come of them.

#pragma once

#include <string>
#include <vector>

#include "app/fault.h"

namespace daybook::app {

// Each row is JSON: an object whose names that begin with _ say what the event is beside its value
// (_key, _timestamp, _headers, _partition), or any other text, which is the value as it is.
struct TestRows {
  std::string name;  // of a topic or, of what is expected, a view
  Place place;
  std::vector<std::string> rows;
};

struct TestSection {
  std::string name;
  Place place;
  std::vector<TestRows> given;
  std::vector<TestRows> expect;
};

}  // namespace daybook::app
