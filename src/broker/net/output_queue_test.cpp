#include "broker/net/output_queue.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <string>
#include <utility>

#include "io/file_system.h"
#include "io/test_folder.h"

namespace daybook::broker {
namespace {

class PartOfFile final : public wire::BytesElsewhere {
 public:
  PartOfFile(const io::File& file, std::uint64_t position, std::size_t size_bytes)
      : file_(file), position_(position), size_bytes_(size_bytes) {}
  std::size_t size_bytes() const override { return size_bytes_; }
  Result<std::size_t> send_to(int socket, std::size_t from) const override {
    return file_.send_to(socket, position_ + from, size_bytes_ - from);
  }
  Result<Bytes> copy() const override { return Bytes(size_bytes_); }

 private:
  const io::File& file_;
  std::uint64_t position_;
  std::size_t size_bytes_;
};

class OutputQueueTest : public testing::Test {
 protected:
  OutputQueueTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0);
    file_ = io::real_file_system().open(folder_.path() + "/f", io::OpenMode::kCreate).value();
  }
  ~OutputQueueTest() override {
    for (const int end : ends_) ::close(end);
  }

  static wire::Encoded frame(const std::string& text) {
    wire::Encoded made;
    made.own() = to_bytes(as_bytes(text));
    return made;
  }
  // `text`, the part of the file, and `text` again.
  wire::Encoded frame_with_file(const std::string& text, std::uint64_t from, std::size_t size) {
    wire::Encoded made = frame(text);
    made.append_foreign(
        {.bytes = {}, .elsewhere = std::make_shared<PartOfFile>(*file_, from, size)});
    const Bytes tail = to_bytes(as_bytes(text));
    made.own().insert(made.own().end(), tail.begin(), tail.end());
    return made;
  }
  // Whatever has arrived.
  std::string received() {
    std::string all;
    std::array<char, 4096> buffer;
    for (ssize_t n; (n = ::recv(ends_[1], buffer.data(), buffer.size(), 0)) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  io::TestFolder folder_;
  std::array<int, 2> ends_{};
  std::unique_ptr<io::File> file_;
  OutputQueue queue_;
};

TEST_F(OutputQueueTest, FramesLeaveInOrderAndTogether) {
  queue_.add(frame("one,"));
  queue_.add(frame("two,"));
  EXPECT_EQ(queue_.send(ends_[0], kAll)->bytes, 8u);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(received(), "one,two,");
}

TEST_F(OutputQueueTest, WhatIsInAFileGoesOutBetweenWhatIsAroundIt) {
  ASSERT_TRUE(file_->write_at(0, as_bytes("0123456789")));
  queue_.add(frame_with_file("<>", 2, 5));
  queue_.add(frame("end"));
  EXPECT_EQ(queue_.send(ends_[0], kAll)->bytes, 12u);
  EXPECT_EQ(received(), "<>23456<>end");
}

TEST_F(OutputQueueTest, ASlowReaderGetsEverythingInTheEnd) {
  std::string content(std::size_t{3} << 20, ' ');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i % 23);
  ASSERT_TRUE(file_->write_at(0, as_bytes(content)));
  const std::string text(100'000, '-');
  queue_.add(frame_with_file(text, 0, content.size()));
  queue_.add(frame(text));
  std::string all;
  int calls = 0;
  for (; !queue_.empty(); ++calls) {
    ASSERT_TRUE(queue_.send(ends_[0], kAll));
    all += received();
  }
  EXPECT_GT(calls, 1);
  EXPECT_TRUE(all == text + content + text + text);
}

TEST_F(OutputQueueTest, ItStopsWhenEnoughIsSent) {
  queue_.add(frame("one,"));
  for (int i = 0; i < 200; ++i) queue_.add(frame("x"));
  const auto sent = queue_.send(ends_[0], 1).value();
  EXPECT_GT(sent.bytes, 1u);  // what one call takes
  EXPECT_FALSE(sent.is_blocked);
  EXPECT_FALSE(queue_.empty());
  EXPECT_EQ(queue_.send(ends_[0], kAll)->bytes + sent.bytes, 204u);
}

TEST_F(OutputQueueTest, MemoryIsFreedWithTheFrameThatHeldIt) {
  ASSERT_TRUE(file_->write_at(0, as_bytes("0123456789")));
  wire::Encoded first = frame_with_file("<>", 2, 5);
  wire::Encoded second = frame("end");
  const std::size_t held = first.memory_bytes() + second.memory_bytes();
  queue_.add(std::move(first));
  queue_.add(std::move(second));
  EXPECT_EQ(queue_.send(ends_[0], 1)->freed_bytes, 0u);
  EXPECT_EQ(queue_.send(ends_[0], kAll)->freed_bytes, held);
}

TEST_F(OutputQueueTest, AFrameTakesItsFieldsAndWhatTheyAreKeptInButNotWhatIsInAFile) {
  EXPECT_GT(frame("end").memory_bytes(), sizeof(wire::Encoded) + 3);
  EXPECT_GT(frame(std::string(100'000, '-')).memory_bytes(), 100'000u);
  EXPECT_LT(frame_with_file("<>", 0, 1u << 20).memory_bytes(), 1'000u);
}

TEST_F(OutputQueueTest, WhoHasGoneIsAnErrorAndNoSignal) {
  ::signal(SIGPIPE, SIG_IGN);  // sendfile raises it; the I/O threads block it
  ASSERT_TRUE(file_->write_at(0, as_bytes("0123456789")));
  ::shutdown(ends_[1], SHUT_RD);
  ::close(std::exchange(ends_[1], -1));
  queue_.add(frame("text"));
  EXPECT_EQ(queue_.send(ends_[0], kAll).error().code, ErrorCode::kUnavailable);
  OutputQueue other;
  wire::Encoded only_file;
  only_file.append_foreign({.bytes = {}, .elsewhere = std::make_shared<PartOfFile>(*file_, 0, 5)});
  other.add(std::move(only_file));
  EXPECT_EQ(other.send(ends_[0], kAll).error().code, ErrorCode::kUnavailable);
}

TEST_F(OutputQueueTest, AFileThatEndsTooEarlyIsAnErrorOfTheFile) {
  ASSERT_TRUE(file_->write_at(0, as_bytes("0123")));
  queue_.add(frame_with_file("<>", 2, 5));
  const auto sent = queue_.send(ends_[0], kAll);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace daybook::broker
