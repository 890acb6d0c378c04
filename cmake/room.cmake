# A room is a folder below src/: one library, one test program, and its fuzzers, found by name.
#
#   daybook_room(log DEPENDS io wire LINKS ISAL::isal)
#
# x.cpp belongs to the library, x_test.cpp to the room's test program, x_fuzz.cpp is a fuzzer of its
# own and x_bench.cpp a benchmark of its own. DEPENDS names the rooms that this one may include; the
# style test reads the same lines, so the arrows of docs/architecture.md are checked, not drawn.

function(daybook_room name)
  cmake_parse_arguments(ROOM "" "" "DEPENDS;LINKS" ${ARGN})
  set(folder ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cpp)
  set(tests ${sources})
  set(fuzzers ${sources})
  set(benches ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|bench)\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")

  if(sources)
    add_library(daybook_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(daybook_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(daybook_${name} ${scope}
                             ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
  list(TRANSFORM ROOM_DEPENDS PREPEND daybook_)
  target_link_libraries(daybook_${name} ${scope} ${ROOM_DEPENDS} ${ROOM_LINKS})

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE daybook_${name} GTest::gmock GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
  if(DAYBOOK_FUZZERS)
    foreach(fuzzer ${fuzzers})
      get_filename_component(target ${fuzzer} NAME_WE)
      add_executable(${target} ${fuzzer})
      target_link_libraries(${target} PRIVATE daybook_${name})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
  if(DAYBOOK_BENCHMARKS)
    foreach(bench ${benches})
      get_filename_component(target ${bench} NAME_WE)
      add_executable(${target} ${bench})
      target_link_libraries(${target} PRIVATE daybook_${name} benchmark::benchmark_main)
    endforeach()
  endif()
endfunction()
