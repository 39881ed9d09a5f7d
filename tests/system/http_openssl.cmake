# openssl cmp, client and mock server, with the http module on both sides between them.
find_program(OPENSSL openssl)
find_package(Python3 COMPONENTS Interpreter)
if(TARGET http_module AND OPENSSL AND Python3_FOUND)
  add_executable(http_relay ${PROJECT_SOURCE_DIR}/tests/system/http_relay.c
                 ${PROJECT_SOURCE_DIR}/tests/unit/http_fixture.c)
  target_link_libraries(http_relay PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
  target_compile_definitions(http_relay PRIVATE FIXTURE_MODULE="$<TARGET_FILE:http_module>")
  add_dependencies(http_relay http_module)
  add_test(NAME system.http_openssl
           COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/http_openssl.py $<TARGET_FILE:http_relay>)
  set_tests_properties(system.http_openssl PROPERTIES LABELS "system;http" TIMEOUT 60)
endif()
