# The table behind wire/api_registry.h: one entry for each src/wire/apis/<name>.cpp.

function(wire_api_list target)
  file(GLOB apis CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/wire/apis/*.cpp)
  list(FILTER apis EXCLUDE REGEX "_(test|fuzz|bench)\\.cpp$")
  set(declared "")
  set(listed "")
  foreach(api ${apis})
    get_filename_component(name ${api} NAME_WE)
    string(APPEND declared "extern const ApiInfo ${name};\n")
    string(APPEND listed "      &apis::${name},\n")
  endforeach()
  set(generated ${CMAKE_BINARY_DIR}/generated/wire/api_list.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT
"// Made from the files of src/wire/apis by cmake/wire_apis.cmake.
#include \"wire/api_list.h\"

#include \"wire/api_registry.h\"

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
