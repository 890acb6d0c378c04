#include "io/names.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "io/file_system.h"

namespace daybook::io {
namespace {

class Names : public ::testing::Test {
 protected:
  Names() {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook_names_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Names() override { std::filesystem::remove_all(folder_); }

  std::string in(const std::string& name) const { return folder_ + "/" + name; }
  void make(const std::string& name) { ASSERT_TRUE(files_.open(in(name), OpenMode::kCreate)); }
  std::vector<std::string> names_in(const std::string& name) {
    std::vector<std::string> names;
    const auto entries = files_.list(in(name));
    for (const auto& entry : *entries) names.push_back(entry.name);
    return names;
  }

  std::string folder_;
  FileSystem& files_ = real_file_system();
};

TEST_F(Names, FoldersChangePlaces) {
  ASSERT_TRUE(files_.create_folders(in("a/below")));
  ASSERT_TRUE(files_.create_folders(in("b")));
  make("b/one");
  const auto exchanged = exchange_names(in("a/below"), in("b"));
  ASSERT_TRUE(exchanged) << exchanged.error().message;
  EXPECT_EQ(names_in("a/below"), std::vector<std::string>{"one"});
  EXPECT_TRUE(names_in("b").empty());
}

TEST_F(Names, BothMustBeThere) {
  make("one");
  const auto exchanged = exchange_names(in("one"), in("other"));
  ASSERT_FALSE(exchanged);
  EXPECT_EQ(exchanged.error().code, ErrorCode::kNotFound);
}

TEST_F(Names, AFileOutlivesItsFirstName) {
  make("one");
  ASSERT_TRUE(add_name(in("one"), in("other")));
  EXPECT_EQ(add_name(in("one"), in("other")).error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(files_.remove(in("one")));
  EXPECT_TRUE(files_.exists(in("other")).value());
}

}  // namespace
}  // namespace daybook::io
