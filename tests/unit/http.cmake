# The http module, loaded as the gateway loads it, over real sockets.
if(TARGET http_module)
  foreach(part http http_client http_retire http_quirk http_framed)
    unit_test(${part} SOURCES ${part}.c http_fixture.c
              LIBRARIES ${CMAKE_DL_LIBS} Threads::Threads LABELS "http;threads")
    add_dependencies(test_${part} http_module)
    target_compile_definitions(test_${part} PRIVATE FIXTURE_MODULE="$<TARGET_FILE:http_module>")
  endforeach()
  unit_test(http_tls SOURCES http_tls.c http_tls_pki.c http_fixture.c
            LIBRARIES ${CMAKE_DL_LIBS} Threads::Threads PkgConfig::GNUTLS LABELS "http;threads")
  add_dependencies(test_http_tls http_module)
  target_compile_definitions(test_http_tls PRIVATE FIXTURE_MODULE="$<TARGET_FILE:http_module>")
  unit_test(http_path SOURCES http_path.c ../../transports/http/path.c
            ../../transports/http/media.c LABELS "http")
endif()
