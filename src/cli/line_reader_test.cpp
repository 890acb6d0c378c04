#include "cli/line_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace daybook::cli {
namespace {

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_), 0); }
  ~Pipe() {
    ::close(ends_[0]);
    close_writing();
  }
  int reading() const { return ends_[0]; }
  void write(std::string_view text) const {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close_writing() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

std::vector<std::string> lines_of(std::string_view text) {
  Pipe pipe;
  pipe.write(text);
  pipe.close_writing();
  LineReader reader(pipe.reading(), {});
  std::vector<std::string> lines;
  while (true) {
    const auto line = reader.next();
    EXPECT_TRUE(line);
    if (!line || !*line) return lines;
    lines.push_back(**line);
  }
}

TEST(LineReader, TheLastLineNeedsNoEnd) {
  EXPECT_EQ(lines_of("a\nb\n"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(lines_of("a\nb"), (std::vector<std::string>{"a", "b"}));
}

TEST(LineReader, EmptyLinesAndBytesOfAnyKindAreKept) {
  EXPECT_EQ(lines_of(""), (std::vector<std::string>{}));
  EXPECT_EQ(lines_of("\n\n"), (std::vector<std::string>{"", ""}));
  EXPECT_EQ(lines_of(std::string_view("a\0\r\n\xff", 5)),
            (std::vector<std::string>{std::string("a\0\r", 3), "\xff"}));
}

TEST(LineReader, ALineMayComeInPieces) {
  Pipe pipe;
  LineReader reader(pipe.reading(), {});
  std::jthread writer([&pipe] {
    for (const char* piece : {"he", "ll", "o\nwor", "ld\n"}) pipe.write(piece);
    pipe.close_writing();
  });
  EXPECT_EQ(reader.next().value(), "hello");
  EXPECT_EQ(reader.next().value(), "world");
  EXPECT_EQ(reader.next().value(), std::nullopt);
}

TEST(LineReader, ALineBeyondTheBoundIsRefused) {
  Pipe pipe;
  LineReader reader(pipe.reading(), {});
  std::jthread writer([&pipe] {
    const std::string piece(1 << 16, 'x');
    for (std::size_t sent = 0; sent <= kMaxLineBytes + piece.size(); sent += piece.size()) {
      pipe.write(piece);
    }
    pipe.close_writing();
  });
  const auto line = reader.next();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, ErrorCode::kInvalid);
  // What the writer still has to say must not block it.
  std::vector<char> rest(1 << 16);
  while (::read(pipe.reading(), rest.data(), rest.size()) > 0) {
  }
}

TEST(LineReader, AnInterruptEndsTheWaitForInput) {
  Pipe pipe;
  std::stop_source stop;
  LineReader reader(pipe.reading(), stop.get_token());
  std::jthread interrupter([&stop] { stop.request_stop(); });
  const auto line = reader.next();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace daybook::cli
