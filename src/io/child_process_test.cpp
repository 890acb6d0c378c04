#include "io/child_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace daybook::io {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr std::chrono::seconds kPatience{60};

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::unique_ptr<ChildProcess> start(const std::vector<std::string>& command) {
  auto child = ChildProcess::start(command, "");
  EXPECT_TRUE(child) << child.error().message;
  return std::move(*child);
}

std::string read_to_the_end(ChildProcess& child, ChildProcess::Stream stream) {
  std::string all;
  EXPECT_TRUE(eventually([&] { return !child.read(stream, 1'000, all).value(); }));
  return all;
}

// Gone, or dead and not yet taken leave of.
bool is_gone(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number;
  std::string name;
  std::string state;
  return !(file >> number >> name >> state) || state == "Z";
}

TEST(ChildProcess, WhatItIsGivenComesBack) {
  const auto child = start({"cat"});
  EXPECT_EQ(child->write("hello\n").value(), 6U);
  std::string output;
  EXPECT_TRUE(eventually([&] {
    child->wait(false, milliseconds(10));
    return child->read(ChildProcess::Stream::kOutput, 100, output).value() && output == "hello\n";
  }));
  EXPECT_TRUE(child->is_running());
  EXPECT_EQ(child->end(kPatience), "exit status 0") << "its input has ended";
}

TEST(ChildProcess, OutputAndErrorsAreApart) {
  const auto child = start({"sh", "-c", "echo one; echo two >&2; exit 3"});
  EXPECT_EQ(read_to_the_end(*child, ChildProcess::Stream::kOutput), "one\n");
  EXPECT_EQ(read_to_the_end(*child, ChildProcess::Stream::kError), "two\n");
  EXPECT_EQ(child->end(kPatience), "exit status 3");
  EXPECT_EQ(start({"sh", "-c", "kill -9 $$"})->end(kPatience), "signal 9");
}

TEST(ChildProcess, ItRunsInItsFolderWithOurEnvironment) {
  auto child = ChildProcess::start({"sh", "-c", "pwd; echo $ADDED $PATH"}, "/",
                                   {"ADDED=yes", "PATH=taken before"});
  ASSERT_TRUE(child);
  EXPECT_EQ(read_to_the_end(**child, ChildProcess::Stream::kOutput),
            "/\nyes " + std::string(::getenv("PATH")) + "\n");
}

TEST(ChildProcess, WhatCannotBeStartedIsSaid) {
  EXPECT_THAT(find_program("no-such-program", "").error().message,
              HasSubstr("no program no-such-program in PATH"));
  EXPECT_THAT(find_program("./no-such-program", "/tmp").error().message,
              HasSubstr("/tmp/no-such-program"));
  EXPECT_THAT(find_program("sh", "/bin").value(), HasSubstr("/sh"));
  const auto child = ChildProcess::start({"cat"}, "/no/such/folder");
  ASSERT_FALSE(child);
  EXPECT_THAT(child.error().message, HasSubstr("/no/such/folder"));
}

TEST(ChildProcess, AProgramBesideTheFileIsOfferedByItsPath) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("daybook-child-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "score") << "#!/bin/sh\necho scored\n";
  std::filesystem::permissions(folder / "score", std::filesystem::perms::owner_all);
  EXPECT_THAT(find_program("score", folder).error().message, HasSubstr("write ./score"));
  auto child = ChildProcess::start({"./score"}, folder);
  ASSERT_TRUE(child) << child.error().message;
  EXPECT_EQ(read_to_the_end(**child, ChildProcess::Stream::kOutput), "scored\n");
  child->reset();
  std::filesystem::remove_all(folder);
}

TEST(ChildProcess, AProgramThatHasEndedTakesNothingAndWeGoOn) {
  const auto child = start({"true"});
  EXPECT_TRUE(eventually([&] { return !child->is_running(); }));
  const auto written = child->write("x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
}

TEST(ChildProcess, FullPipesDoNotBlockUs) {
  const auto child = start({"sh", "-c", "sleep 1000"});
  const std::string much(1u << 20, 'x');
  EXPECT_LT(child->write(much).value(), much.size());
  EXPECT_EQ(child->write(much).value(), 0U);
}

TEST(ChildProcess, ItEndsWithWhatItHasStarted) {
  auto child = start({"sh", "-c", "sleep 1000 & echo $!; wait"});
  std::string pid;
  EXPECT_TRUE(eventually([&] {
    child->wait(false, milliseconds(10));
    return child->read(ChildProcess::Stream::kOutput, 100, pid).value() && pid.ends_with('\n');
  }));
  child.reset();
  EXPECT_TRUE(eventually([&] { return is_gone(std::stoi(pid)); }));
}

TEST(ChildProcess, ItEndsWithTheThreadThatStartedIt) {
  std::unique_ptr<ChildProcess> child;
  std::thread([&] { child = start({"sleep", "1000"}); }).join();
  EXPECT_TRUE(eventually([&] { return !child->is_running(); }));
  EXPECT_EQ(child->end(milliseconds(0)), "signal 9");
}

TEST(ChildProcess, ItHasNoOtherFileOfOurs) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
  const auto child = start({"cat"});
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0) << "nobody else can write to it";
  ::close(ends[0]);
}

}  // namespace
}  // namespace daybook::io
