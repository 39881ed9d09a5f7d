unit_test(endpoint SOURCES ${CMAKE_CURRENT_LIST_DIR}/endpoint.c LIBRARIES gw_runtime LABELS threads)
