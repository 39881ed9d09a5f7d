unit_test(budget SOURCES ${CMAKE_CURRENT_LIST_DIR}/budget.c LIBRARIES gw_runtime LABELS threads)
