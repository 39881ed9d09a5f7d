# The parsers of the http module that libmicrohttpd does not do for it.  The module need not be built.
fuzz_target(http_path CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/http_path OPTIONS -max_len=300
            SOURCES fuzz_http_path.c ../../transports/http/path.c ../../transports/http/media.c)

# The whole module with libmicrohttpd, over a socket.
if(TARGET http_module)
  pkg_check_modules(FUZZ_HTTP REQUIRED IMPORTED_TARGET libmicrohttpd libcurl gnutls)
  get_target_property(http_sources http_module SOURCES)
  list(TRANSFORM http_sources PREPEND ${PROJECT_SOURCE_DIR}/transports/http/)
  fuzz_target(http CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/http OPTIONS -max_len=6000 -dict=${CMAKE_CURRENT_SOURCE_DIR}/http.dict
              SOURCES fuzz_http.c ${http_sources} LIBRARIES PkgConfig::FUZZ_HTTP Threads::Threads)
endif()
