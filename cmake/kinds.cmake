# The kinds of a room are its folders: writes generated/<room>/kinds.inc with a line
# DAYBOOK_KIND(<folder>) for each folder of src/<room>/kinds, for the room's list of them.

function(daybook_kinds room)
  file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true
       RELATIVE ${CMAKE_SOURCE_DIR}/src/${room}/kinds ${CMAKE_SOURCE_DIR}/src/${room}/kinds/*)
  list(SORT folders)
  set(lines "")
  foreach(folder ${folders})
    string(APPEND lines "DAYBOOK_KIND(${folder})\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${room}/kinds.inc CONTENT "${lines}" @ONLY)
endfunction()
