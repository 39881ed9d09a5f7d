# The parsers of the http module that libmicrohttpd does not do for it.  The module need not be built.
fuzz_target(http_path CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/http_path OPTIONS -max_len=300
            SOURCES fuzz_http_path.c ../../transports/http/path.c ../../transports/http/media.c)
