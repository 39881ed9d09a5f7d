unit_test(option SOURCES ${CMAKE_CURRENT_LIST_DIR}/option.c LIBRARIES gw_runtime)
