// For tests and fuzzers: a folder of their own that is removed again.

#pragma once

#include <stdlib.h>

#include <string>

#include "base/check.h"
#include "io/file_system.h"

namespace daybook::io {

class TestFolder {
 public:
  TestFolder() {
    const char* parent = ::getenv("TMPDIR");
    path_ = std::string(parent == nullptr ? "/tmp" : parent) + "/daybook-XXXXXX";
    DAYBOOK_CHECK(::mkdtemp(path_.data()) != nullptr, "there is no folder for temporary files");
  }
  ~TestFolder() { DAYBOOK_CHECK(real_file_system().remove_folder(path_), "it cannot be removed"); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace daybook::io
