#include "app/environment.h"

#include <gtest/gtest.h>

#include <map>

namespace daybook::app {
namespace {

Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST(Expand, ReplacesVariablesAndDefaults) {
  const auto environment = environment_of({{"HOST", "db"}, {"EMPTY", ""}});
  EXPECT_EQ(expand("host=${HOST} port=${PORT:-5432}", environment), "host=db port=5432");
  EXPECT_EQ(expand("${HOST}${HOST}", environment), "dbdb");
  EXPECT_EQ(expand("[${EMPTY}] [${EMPTY:-x}] [${NONE:-}]", environment), "[] [x] []");
  EXPECT_EQ(expand("${NONE:-a:-b}", environment), "a:-b");
}

TEST(Expand, LeavesEverythingElseAlone) {
  const auto environment = environment_of({});
  EXPECT_EQ(expand("", environment), "");
  EXPECT_EQ(expand("$HOME costs $5 {x}", environment), "$HOME costs $5 {x}");
  EXPECT_EQ(expand("a $${NAME} b", environment), "a ${NAME} b");
}

TEST(Expand, ValuesAreNotExpandedAgain) {
  EXPECT_EQ(expand("${A}", environment_of({{"A", "${B}"}, {"B", "no"}})), "${B}");
}

TEST(Expand, MissingVariableIsNamedWithWhatToDo) {
  const auto expanded = expand("${BANK_DSN}", environment_of({}));
  ASSERT_FALSE(expanded);
  EXPECT_EQ(expanded.error().message,
            "environment variable BANK_DSN is not set: set it, or write ${BANK_DSN:-default}");
}

TEST(Expand, MalformedReferencesAreRefused) {
  for (const char* text : {"${", "${A", "${}", "${1A}", "${A B}", "${A-b}", "${:-x}"}) {
    EXPECT_FALSE(expand(text, environment_of({{"A", "a"}}))) << text;
  }
}

}  // namespace
}  // namespace daybook::app
