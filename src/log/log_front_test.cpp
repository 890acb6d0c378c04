#include "log/log_front.h"

#include <gtest/gtest.h>

#include "io/faulty_file_system.h"

namespace daybook::log {
namespace {

constexpr const char* kFolder = "data/t-0";

TEST(LogFront, IsReadAsItWasWritten) {
  io::FaultyFileSystem fs(1);
  ASSERT_TRUE(fs.create_folders(kFolder).has_value());
  EXPECT_EQ(read_log_front(fs, kFolder).value(), std::nullopt);
  const LogFront front{Offset{5}, Offset{1'000'000'000'000}};
  ASSERT_TRUE(write_log_front(fs, kFolder, front).has_value());
  EXPECT_EQ(read_log_front(fs, kFolder).value(), front);
}

TEST(LogFront, IsTheOldOneOrTheNewOneAfterACrash) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (std::uint64_t changes = 1; changes < 8; ++changes) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", change " << changes);
      io::FaultyFileSystem fs(seed);
      ASSERT_TRUE(fs.create_folders(kFolder).has_value());
      const LogFront before{Offset{1}, Offset{2}};
      const LogFront after{Offset{3}, Offset{4}};
      ASSERT_TRUE(write_log_front(fs, kFolder, before).has_value());
      fs.crash_after(changes);
      const bool written = write_log_front(fs, kFolder, after).has_value();
      if (fs.powered()) fs.crash();
      fs.power_on();
      const auto read = read_log_front(fs, kFolder);
      ASSERT_TRUE(read.has_value()) << read.error().message;
      EXPECT_TRUE(*read == after || (*read == before && !written));
    }
  }
}

TEST(LogFront, AnyOtherByteIsNoticed) {
  io::FaultyFileSystem fs(1);
  ASSERT_TRUE(fs.create_folders(kFolder).has_value());
  ASSERT_TRUE(write_log_front(fs, kFolder, {Offset{3}, Offset{4}}).has_value());
  auto bytes = to_bytes(encode_log_front({Offset{3}, Offset{4}}));
  for (std::byte& byte : bytes) {
    byte ^= std::byte{0x10};
    EXPECT_EQ(decode_log_front(bytes), std::nullopt);
    byte ^= std::byte{0x10};
  }
  bytes.push_back(std::byte{0});
  EXPECT_EQ(decode_log_front(bytes), std::nullopt);
  auto file = fs.open(std::string(kFolder).append("/log-front"), io::OpenMode::kWrite).value();
  ASSERT_TRUE(file->write_at(0, as_bytes("x")).has_value());
  EXPECT_EQ(read_log_front(fs, kFolder).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace daybook::log
