# An RA in front: its protection around the messages of unmodified clients, and batches of them.
if(TARGET cmpgate AND TARGET http_module AND TARGET ca_module AND OPENSSL AND SQLITE3 AND JQ AND FAKETIME AND CURL)
  add_executable(nest ${CMAKE_CURRENT_LIST_DIR}/nest.c)
  target_link_libraries(nest PRIVATE gw_crypto cmpcodec)
  system_test(nested nested ARGUMENTS $<TARGET_FILE:nest> LABELS threads)
  system_test(anchors_status anchors_status ARGUMENTS $<TARGET_FILE:nest> LABELS threads)
endif()
