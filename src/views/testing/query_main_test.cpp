// The test program is a query process, too, when it is started as one: columnar views start the
// program that they are in.

#include <gtest/gtest.h>

#include "views/query_process/query_worker.h"

int main(int argc, char** argv) {
  if (daybook::views::is_query_worker(argc, argv)) return daybook::views::run_query_worker();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
