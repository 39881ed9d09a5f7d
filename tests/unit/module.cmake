# Modules for the tests of the loader and of the configuration: two good ones, and one for each fault.
set(test_modules ${CMAKE_BINARY_DIR}/tests/unit/modules)
function(test_module name source)
  add_library(test_module_${name} MODULE ${source})
  set_target_properties(test_module_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
                        LIBRARY_OUTPUT_DIRECTORY ${test_modules})
  target_compile_definitions(test_module_${name} PRIVATE ${ARGN})
endfunction()

test_module(door ${CMAKE_CURRENT_LIST_DIR}/modules/door.c)
test_module(office ${CMAKE_CURRENT_LIST_DIR}/modules/office.c)
set(faults wrong-abi no-verb bad-table nothing both reserved same-name clash unresolved)
set(number 0)
foreach(fault ${faults})
  math(EXPR number "${number} + 1")
  test_module(${fault} ${CMAKE_CURRENT_LIST_DIR}/modules/fault.c FAULT=${number})
endforeach()

unit_test(module SOURCES ${CMAKE_CURRENT_LIST_DIR}/module.c LIBRARIES gw_runtime)
target_compile_definitions(test_module PRIVATE TEST_MODULES="${test_modules}")
add_dependencies(test_module test_module_door test_module_office)
foreach(fault ${faults})
  add_dependencies(test_module test_module_${fault})
endforeach()
