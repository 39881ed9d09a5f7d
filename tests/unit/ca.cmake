# The embedded CA and the example backends, as modules on a desk of the test's, judged by openssl.
if(NOT TARGET example_pure_module)
  add_subdirectory(${PROJECT_SOURCE_DIR}/contrib/example-backend ${PROJECT_BINARY_DIR}/contrib/example-backend)
endif()

foreach(part ca ca_crl ca_example)
  unit_test(${part} SOURCES ${part}.c ca_desk.c
            LIBRARIES cmpcodec PkgConfig::GNUTLS ${CMAKE_DL_LIBS} LABELS "ca")
  target_compile_definitions(test_${part} PRIVATE
    CA_MODULE="$<TARGET_FILE:ca_module>" MODULE_DIRECTORY="${CMPGATE_BUILD_MODULE_DIR}")
endforeach()
add_dependencies(test_ca ca_module)
add_dependencies(test_ca_crl ca_module)
add_dependencies(test_ca_example example_pure_module example_idempotent_module example_checks_module
                 example_none_module)
