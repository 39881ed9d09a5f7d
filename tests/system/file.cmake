# Files by openssl cmp, and by real servers and clients that carry them.
if(TARGET cmpgate AND TARGET file_module AND TARGET http_module AND TARGET ca_module AND OPENSSL AND SQLITE3 AND FAKETIME)
  system_test(file file LABELS "file;threads")
  system_test(file_full file_full LABELS "file")
  set_tests_properties(system.file_full PROPERTIES SKIP_RETURN_CODE 77)
endif()
