#include "io/open_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/scope.h"

namespace daybook::io {
namespace {

TEST(OpenFiles, TheSoftLimitRisesToTheHardOne) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const OnExit restore([&] { ::setrlimit(RLIMIT_NOFILE, &before); });
  const rlimit low{64, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_open_file_limit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  EXPECT_EQ(raise_open_file_limit(), before.rlim_max) << "again changes nothing";
}

}  // namespace
}  // namespace daybook::io
