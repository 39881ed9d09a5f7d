unit_test(timer SOURCES ${CMAKE_CURRENT_LIST_DIR}/timer.c LIBRARIES gw_runtime LABELS threads)
