# A room is a folder below src/: one library, one test program, and its fuzzers, found by name.
#
#   daybook_room(log DEPENDS io wire LINKS ISAL::isal)
#
# x.cpp belongs to the library, x_test.cpp to the room's test program, x_fuzz.cpp is a fuzzer of its
# own and x_bench.cpp a benchmark of its own. DEPENDS names the rooms that this one may include; the
# style test reads the same lines, so the arrows of docs/architecture.md are checked, not drawn.

option(DAYBOOK_TOGETHER "Compile a few sources of a folder as one" ON)
set(DAYBOOK_COMPILED_AS_ONE 4)

# Much of a source's compile time is what its neighbours pay as well: the headers and templates that
# all of them use. So the names in the anonymous namespaces of a folder must differ. Sources that
# are alike, one to each command, are compiled alone.
function(daybook_compile_together target)
  list(FILTER ARGN EXCLUDE REGEX "/cli/commands/")
  foreach(source ${ARGN})
    get_filename_component(folder ${source} DIRECTORY)
    file(RELATIVE_PATH group ${CMAKE_SOURCE_DIR}/src ${folder})
    string(REPLACE "/" "_" group ${group})
    list(APPEND sources_of_${group} ${source})
    list(LENGTH sources_of_${group} count)
    math(EXPR number "(${count} - 1) / ${DAYBOOK_COMPILED_AS_ONE}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group}_${number})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${DAYBOOK_TOGETHER} UNITY_BUILD_MODE GROUP)
endfunction()

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
    target_precompile_headers(daybook_${name} REUSE_FROM daybook_prelude)
    daybook_compile_together(daybook_${name} ${sources})
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
    target_precompile_headers(${name}_test REUSE_FROM daybook_test_prelude)
    target_compile_options(${name}_test PRIVATE ${DAYBOOK_TEST_OPTIMIZATION})
    target_link_libraries(${name}_test PRIVATE daybook_${name} GTest::gmock GTest::gtest_main)
    # What tests read lies beside them.
    add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
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
