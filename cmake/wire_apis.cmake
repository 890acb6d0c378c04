# The table behind wire/api_registry.h: one entry for each source below src/wire/apis.

function(wire_api_list target)
  file(GLOB_RECURSE apis CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/wire/apis/*.cpp)
  list(FILTER apis EXCLUDE REGEX "_(test|fuzz|bench)\\.cpp$")
  set(declared "")
  set(included "")
  set(listed "")
  foreach(api ${apis})
    get_filename_component(name ${api} NAME_WE)
    file(RELATIVE_PATH header ${CMAKE_SOURCE_DIR}/src ${api})
    string(REGEX REPLACE "cpp$" "h" header ${header})
    string(APPEND included "#include \"${header}\"\n")
    string(APPEND declared "extern const ApiInfo ${name};\n")
    string(APPEND listed "      &apis::${name},\n")
  endforeach()
  set(generated ${CMAKE_BINARY_DIR}/generated/wire/api_list.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT
"// Made from the sources below src/wire/apis by cmake/wire_apis.cmake.
// One source sees all headers: a name that two of them define does not compile.
#include \"wire/api_list.h\"

@included@
namespace daybook::wire {
namespace apis {
@declared@}  // namespace apis

std::span<const ApiInfo* const> api_list() {
  static constexpr const ApiInfo* kApis[] = {
@listed@  };
  return kApis;
}

}  // namespace daybook::wire
")
  target_sources(${target} PRIVATE ${generated})
endfunction()
