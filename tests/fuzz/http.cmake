# The parsers of the http module that libmicrohttpd does not do for it.  The module need not be built.
if(CMPGATE_FUZZ)
  add_executable(fuzz_http_path fuzz_http_path.c ../../transports/http/path.c ../../transports/http/media.c)
  target_link_options(fuzz_http_path PRIVATE -fsanitize=fuzzer)
  add_test(NAME fuzz.http_path COMMAND fuzz_http_path -runs=300000 -max_len=300)
  set_tests_properties(fuzz.http_path PROPERTIES LABELS "fuzz;http" TIMEOUT 120)
endif()
