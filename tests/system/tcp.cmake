# CMP over TCP, in both framings, with openssl cmp and peers that are not ours.
if(TARGET cmpgate AND TARGET tcp_module AND TARGET http_module AND TARGET ca_module AND OPENSSL AND SQLITE3 AND JQ)
  system_test(tcp tcp LABELS "tcp;threads")
  # What a connection costs is measured, so no sanitizer and nobody beside it.
  if(NOT CMPGATE_SANITIZE)
    system_test(tcp_crowd tcp_crowd LABELS "tcp")
    set_tests_properties(system.tcp_crowd PROPERTIES RUN_SERIAL ON SKIP_RETURN_CODE 77)
  endif()
  if(TARGET example_pure_module)
    system_test(tcp_waiting tcp_waiting LABELS "tcp;threads")
  endif()
endif()
add_test(NAME system.tcp_tshark COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tcp_tshark)
set_tests_properties(system.tcp_tshark PROPERTIES LABELS "tcp" SKIP_RETURN_CODE 77)
