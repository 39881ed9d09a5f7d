# The examples of contrib/, used from the build tree and from an installed one.
foreach(kind backend transport)
  if(NOT TARGET example_${kind}_module AND NOT (kind STREQUAL "backend" AND TARGET example_pure_module))
    add_subdirectory(${PROJECT_SOURCE_DIR}/contrib/example-${kind} ${PROJECT_BINARY_DIR}/contrib/example-${kind})
  endif()
endforeach()

find_program(OPENSSL openssl)
find_package(Python3 COMPONENTS Interpreter)
if(TARGET cmpgate AND TARGET http_module AND OPENSSL AND Python3_FOUND)
  add_test(NAME system.examples
           COMMAND ${CMAKE_CURRENT_LIST_DIR}/installed_enrol $<TARGET_FILE:cmpgate> ${CMPGATE_BUILD_MODULE_DIR})
  set_tests_properties(system.examples PROPERTIES LABELS "system;threads" TIMEOUT 180)
  # A sanitizer's runtime is in the program, so an instrumented module is never whole by itself.
  if(NOT CMPGATE_SANITIZE)
    add_test(NAME system.installed
             COMMAND ${CMAKE_CURRENT_LIST_DIR}/installed ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
    set_tests_properties(system.installed PROPERTIES LABELS "system" TIMEOUT 240)
  endif()
endif()
