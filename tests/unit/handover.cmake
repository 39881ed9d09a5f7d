unit_test(handover SOURCES ${CMAKE_CURRENT_LIST_DIR}/handover.c LIBRARIES gw_runtime)
