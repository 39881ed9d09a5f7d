unit_test(ticket SOURCES ${CMAKE_CURRENT_LIST_DIR}/ticket.c LIBRARIES gw_runtime)
