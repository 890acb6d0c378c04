// Runs the tests of an application: the given events through its processors and views, over a log
// in memory, and what comes of them against what is expected.
//
// One thread. A view's state is in a folder of its own below /tmp, and is removed.

#pragma once

#include <string>
#include <vector>

#include "app/app_file.h"

namespace daybook::app {

struct TestOutcome {
  std::string name;
  Place place;
  double duration_ms = 0;
  std::string difference;  // empty: passed; else lines for people
};

std::vector<TestOutcome> run_tests(const AppFile& app);

}  // namespace daybook::app
