# Compiler, cache, linker and warnings: the same for every target of the tree.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

option(DAYBOOK_FUZZERS "Build the libFuzzer targets (needs clang)" OFF)
option(DAYBOOK_BENCHMARKS "Build the Google Benchmark targets" OFF)
set(DAYBOOK_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize= (address,undefined or thread)")

find_program(CCACHE ccache)
if(CCACHE)
  # The cache is shared by every checkout: paths are stored relative to this one.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(DAYBOOK_TEST_OPTIMIZATION $<$<CONFIG:Release>:-O1>)  # what tests spend is in what they test
add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these in its own headers at -O2.
  add_compile_options(-Wno-error=maybe-uninitialized -Wno-error=restrict
                      -Wno-error=stringop-overflow -Wno-error=stringop-overread
                      -Wno-error=array-bounds -Wno-error=dangling-pointer)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # libstdc++ 12 calls in its own headers what it has deprecated.
  add_compile_options(-Wno-error=deprecated-declarations)
endif()

if(DAYBOOK_SANITIZE)
  add_compile_options(-fsanitize=${DAYBOOK_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${DAYBOOK_SANITIZE})
  if(DAYBOOK_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's fences are not understood by the tool; what they order goes through mutexes as well.
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(DAYBOOK_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
