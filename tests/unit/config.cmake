foreach(area config config_fault)
  unit_test(${area} SOURCES ${CMAKE_CURRENT_LIST_DIR}/${area}.c ${CMAKE_CURRENT_LIST_DIR}/config_fixture.c
            LIBRARIES gw_runtime)
  target_compile_definitions(test_${area} PRIVATE TEST_MODULES="${CMAKE_BINARY_DIR}/tests/unit/modules")
  # Named here, made in module.cmake.
  add_dependencies(test_${area} test_module_door test_module_office test_module_clash test_module_wrong-abi)
endforeach()
