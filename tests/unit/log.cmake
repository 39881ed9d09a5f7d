unit_test(log SOURCES ${CMAKE_CURRENT_LIST_DIR}/log.c LIBRARIES gw_runtime LABELS threads)
