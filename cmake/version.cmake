# Writes generated/version.h: version, commit and build type. Run at every build; the file is
# touched only when something changed. As a script: cmake -DOUT=... -DSOURCE=... -P version.cmake

if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT commit)
    set(commit "unknown")
  endif()
  file(CONFIGURE OUTPUT ${OUT} CONTENT [[
// Made by cmake/version.cmake.

#pragma once

namespace daybook::build {

inline constexpr const char* kVersion = "@VERSION@";
inline constexpr const char* kCommit = "@commit@";
inline constexpr const char* kType = "@TYPE@";

// The libraries that it was built with.
inline constexpr const char* kDuckdb = "@DUCKDB@";
inline constexpr const char* kLibrdkafka = "@LIBRDKAFKA@";
inline constexpr const char* kSqlite = "@SQLITE@";
inline constexpr const char* kLibpq = "@LIBPQ@";

}  // namespace daybook::build
]] @ONLY)
else()
  add_custom_target(daybook_version
    COMMAND ${CMAKE_COMMAND} -DOUT=${CMAKE_BINARY_DIR}/generated/version.h
            -DSOURCE=${CMAKE_SOURCE_DIR} -DVERSION=${PROJECT_VERSION} -DTYPE=${CMAKE_BUILD_TYPE}
            -DDUCKDB=${DAYBOOK_DUCKDB_VERSION} -DLIBRDKAFKA=${RDKAFKA_VERSION}
            -DSQLITE=${SQLite3_VERSION} -DLIBPQ=${LIBPQ_VERSION}
            -P ${CMAKE_CURRENT_LIST_FILE}
    BYPRODUCTS ${CMAKE_BINARY_DIR}/generated/version.h
    COMMENT "version.h")
endif()
