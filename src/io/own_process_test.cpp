#include "io/own_process.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

namespace daybook::io {
namespace {

constexpr std::size_t kMiB = 1 << 20;

// What becomes of an allocation in a process that has bounded itself.
[[noreturn]] void allocate_bounded(std::size_t bytes) {
  if (!limit_own_process({.memory_bytes = 256 * kMiB, .niceness = 3})) std::_Exit(1);
  if (::getpriority(PRIO_PROCESS, 0) < 3) std::_Exit(2);
  void* const memory = ::operator new(bytes, std::nothrow);
  std::_Exit(memory == nullptr ? 3 : 0);
}

TEST(OwnProcess, BeyondItsMemoryAllocationsFail) {
  if (!kBoundsOwnMemory) return;
  EXPECT_EXIT(allocate_bounded(100 * kMiB), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(allocate_bounded(300 * kMiB), testing::ExitedWithCode(3), "");
}

TEST(OwnProcess, WhatItHoldsIsCounted) {
  const auto before = own_memory_bytes();
  ASSERT_TRUE(before);
  std::string much(50 * kMiB, 'x');
  EXPECT_GE(own_memory_bytes().value(), *before + much.size());
}

// The process that tries: its standard input and output are pipes with `input` in one of them.
[[noreturn]] void read_and_write(std::string_view input, std::size_t size_bytes) {
  int to[2];
  int from[2];
  if (::pipe(to) != 0 || ::pipe(from) != 0) std::_Exit(1);
  if (::write(to[1], input.data(), input.size()) < 0) std::_Exit(1);
  ::close(to[1]);
  ::dup2(to[0], STDIN_FILENO);
  ::dup2(from[1], STDOUT_FILENO);
  const auto read = read_input(size_bytes);
  if (!read) std::_Exit(2);
  if (!write_output(*read)) std::_Exit(3);
  std::string back(size_bytes, '\0');
  const auto size = ::read(from[0], back.data(), back.size());
  std::_Exit(size == static_cast<ssize_t>(size_bytes) && back == *read ? 0 : 4);
}

TEST(OwnProcess, InputIsReadExactlyAndItsEndIsSeen) {
  EXPECT_EXIT(read_and_write("hello", 4), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(read_and_write("hello", 6), testing::ExitedWithCode(2), "");
}

}  // namespace
}  // namespace daybook::io
