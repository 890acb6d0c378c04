# Precompiled standard headers: parsing them again for each source was most of the build's time.
# There are two, each made once and used by every room: the standard library's for libraries, and
# those with GoogleTest's for test programs. A header still includes what it uses: the style test
# sees to that. So does a source: the sanitizers' builds have none.

set(DAYBOOK_PRELUDE
    <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring>
    <deque> <expected> <functional> <limits> <map> <memory> <mutex> <optional> <span> <string>
    <string_view> <thread> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)

file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/prelude.cpp CONTENT "" @ONLY)
add_library(daybook_prelude OBJECT ${CMAKE_BINARY_DIR}/generated/prelude.cpp)
target_link_libraries(daybook_prelude PRIVATE fmt::fmt Threads::Threads)
target_precompile_headers(daybook_prelude PRIVATE ${DAYBOOK_PRELUDE})

add_library(daybook_test_prelude OBJECT ${CMAKE_BINARY_DIR}/generated/prelude.cpp)
target_link_libraries(daybook_test_prelude PRIVATE fmt::fmt Threads::Threads GTest::gmock)
target_precompile_headers(daybook_test_prelude PRIVATE ${DAYBOOK_PRELUDE}
                          <gmock/gmock.h> <gtest/gtest.h>)
