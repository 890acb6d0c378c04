# The table behind broker/api_handler.h: one entry for each folder of src/broker/apis.

function(broker_api_table target)
  file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true ${CMAKE_SOURCE_DIR}/src/broker/apis/*)
  set(declared "")
  set(listed "")
  foreach(folder ${folders})
    get_filename_component(name ${folder} NAME)
    string(APPEND declared "ApiHandler ${name}();\n")
    string(APPEND listed "      apis::${name}(),\n")
  endforeach()
  set(generated ${CMAKE_BINARY_DIR}/generated/broker/all_handlers.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT
"// Made from the folders of src/broker/apis by cmake/broker_apis.cmake.
#include \"broker/api_handler.h\"

namespace daybook::broker {
namespace apis {
@declared@}  // namespace apis

std::span<const ApiHandler> all_handlers() {
  static const ApiHandler kHandlers[] = {
@listed@  };
  return kHandlers;
}

}  // namespace daybook::broker
")
  target_sources(${target} PRIVATE ${generated})
endfunction()
