# Everything once more with a client that shares no code with OpenSSL.
if(TARGET bouncycastle AND TARGET cmpgate AND TARGET http_module AND TARGET ca_module AND TARGET example_pure_module AND
   OPENSSL AND SQLITE3 AND JQ AND FAKETIME AND CURL)
  system_test(bouncycastle bouncycastle ARGUMENTS ${CMPGATE_BOUNCYCASTLE})
  if(TARGET tcp_module AND TARGET example_confirms_module)
    system_test(confirm_waits confirm_waits ARGUMENTS ${CMPGATE_BOUNCYCASTLE})
    set_tests_properties(system.confirm_waits PROPERTIES TIMEOUT 300)
  endif()
  if(TARGET tcp_module)
    system_test(old_clients old_clients ARGUMENTS ${CMPGATE_BOUNCYCASTLE})
  endif()
endif()
