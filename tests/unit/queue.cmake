unit_test(queue SOURCES ${CMAKE_CURRENT_LIST_DIR}/queue.c LIBRARIES gw_runtime LABELS threads)
