// For tests: a folder of their own that is removed again.

#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "io/file_system.h"

namespace daybook::broker {

class TestFolder {
 public:
  TestFolder() {
    const char* parent = ::getenv("TMPDIR");
    path_ = std::string(parent == nullptr ? "/tmp" : parent) + "/broker-XXXXXX";
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  ~TestFolder() { EXPECT_TRUE(io::real_file_system().remove_folder(path_)); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace daybook::broker
