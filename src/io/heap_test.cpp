#include "io/heap.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <vector>

namespace daybook::io {
namespace {

constexpr std::size_t kPieceBytes = 10'000;  // small enough to come from the pools
constexpr std::size_t kPieces = 20'000;

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t whole = 0;
  std::size_t resident = 0;
  file >> whole >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(Heap, WhatIsFreeGoesBack) {
  if (::mallinfo2().arena == 0) GTEST_SKIP() << "a sanitizer has a heap of its own";
  std::vector<std::unique_ptr<char[]>> pieces;
  for (std::size_t i = 0; i < kPieces; ++i) {
    pieces.push_back(std::make_unique_for_overwrite<char[]>(kPieceBytes));
    std::memset(pieces.back().get(), 1, kPieceBytes);
  }
  // Every hundredth stays, so that nothing goes back by itself.
  for (std::size_t i = 0; i < kPieces; ++i) {
    if (i % 100 != 0) pieces[i].reset();
  }
  const auto before = resident_bytes();
  ASSERT_TRUE(return_free_memory(kPieceBytes));
  EXPECT_LT(resident_bytes(), before - kPieces * kPieceBytes / 2);
}

TEST(Heap, NothingIsDoneForLittle) {
  EXPECT_FALSE(return_free_memory(std::numeric_limits<std::size_t>::max()));
}

}  // namespace
}  // namespace daybook::io
