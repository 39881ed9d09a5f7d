unit_test(batch SOURCES ${CMAKE_CURRENT_LIST_DIR}/batch.c LIBRARIES gw_runtime LABELS threads)
