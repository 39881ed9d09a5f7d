unit_test(listener SOURCES ${CMAKE_CURRENT_LIST_DIR}/listener.c LIBRARIES gw_runtime)
