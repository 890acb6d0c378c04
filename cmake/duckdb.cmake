# duckdb::duckdb, the SQL engine, used through its C API only. A system DuckDB is used if there is
# one; else the library and its header are taken from the packages that carry them on npm, once,
# into .cache/ of the source tree, where every build folder finds them. What arrives must have the
# checksum written here.
#
# The library is linked beside the programs (rpath $ORIGIN), so build/<preset>/daybook runs in place
# and the pair can be copied elsewhere.

set(DAYBOOK_DUCKDB_VERSION 1.4.4)

# Fetches one npm package and unpacks `files` of it into `to`.
function(daybook_npm_files package version sha256 to)
  find_program(NPM npm)
  if(NOT NPM)
    message(FATAL_ERROR "npm is needed to fetch ${package} ${version}: run scripts/setup, or "
                        "install DuckDB so that duckdb.h and libduckdb.so are found")
  endif()
  set(scratch ${to}/unpack)
  file(REMOVE_RECURSE ${scratch})
  file(MAKE_DIRECTORY ${scratch})
  message(STATUS "Fetching ${package} ${version}")
  execute_process(COMMAND ${NPM} pack --silent ${package}@${version}
                  WORKING_DIRECTORY ${scratch} TIMEOUT 300
                  RESULT_VARIABLE failed OUTPUT_VARIABLE archive ERROR_VARIABLE why
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed)
    message(FATAL_ERROR "npm pack ${package}@${version} failed (${failed}): ${why}")
  endif()
  file(SHA256 ${scratch}/${archive} found)
  if(NOT found STREQUAL sha256)
    message(FATAL_ERROR "${package} ${version} has SHA-256 ${found}, expected ${sha256}")
  endif()
  set(patterns ${ARGN})
  list(TRANSFORM patterns PREPEND package/)
  file(ARCHIVE_EXTRACT INPUT ${scratch}/${archive} DESTINATION ${scratch} PATTERNS ${patterns})
  foreach(file ${patterns})
    get_filename_component(name ${file} NAME)
    file(RENAME ${scratch}/${file} ${to}/${name})
  endforeach()
  file(REMOVE_RECURSE ${scratch})
endfunction()

function(daybook_find_duckdb)
  find_path(DUCKDB_INCLUDE_DIR duckdb.h)
  find_library(DUCKDB_LIBRARY duckdb)
  if(DUCKDB_INCLUDE_DIR AND DUCKDB_LIBRARY)
    set(folder ${DUCKDB_INCLUDE_DIR})
    set(library ${DUCKDB_LIBRARY})
  else()
    set(folder ${CMAKE_SOURCE_DIR}/.cache/duckdb-${DAYBOOK_DUCKDB_VERSION})
    set(library ${CMAKE_BINARY_DIR}/libduckdb.so)
    file(MAKE_DIRECTORY ${folder})
    file(LOCK ${folder} DIRECTORY GUARD FUNCTION TIMEOUT 600)
    if(NOT EXISTS ${folder}/libduckdb.so)
      if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
        daybook_npm_files(@duckdb/node-bindings-linux-arm64 1.4.4-r.3
          7a3b62c524849af848b2d4e278bad56324e20f5e8b1d3fe3acd324ead28e1e0c ${folder} libduckdb.so)
      else()
        daybook_npm_files(@duckdb/node-bindings-linux-x64 1.4.4-r.4
          732fac4dc6b8f198870b9c4bb6ddf13544466daca00ad28ba2f1d80de5d7aa4b ${folder} libduckdb.so)
      endif()
    endif()
    if(NOT EXISTS ${folder}/duckdb.h)
      daybook_npm_files(duckdb 1.4.4
        5bb967dcbcd517670ba5f169f238fb9d6787e53752c60ebe24386169d76941ed
        ${folder} src/duckdb/src/include/duckdb.h)
    endif()
    if(NOT DAYBOOK_DUCKDB_LINKED STREQUAL DAYBOOK_DUCKDB_VERSION OR NOT EXISTS ${library})
      file(REMOVE ${library})
      file(CREATE_LINK ${folder}/libduckdb.so ${library} COPY_ON_ERROR)
      set(DAYBOOK_DUCKDB_LINKED ${DAYBOOK_DUCKDB_VERSION} CACHE INTERNAL "what libduckdb.so holds")
    endif()
  endif()
  add_library(duckdb::duckdb SHARED IMPORTED GLOBAL)
  set_target_properties(duckdb::duckdb PROPERTIES
    IMPORTED_LOCATION ${library} INTERFACE_INCLUDE_DIRECTORIES ${folder})
endfunction()

set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
daybook_find_duckdb()
