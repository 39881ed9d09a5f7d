unit_test(queue SOURCES ${CMAKE_CURRENT_LIST_DIR}/queue.c LIBRARIES gw_runtime LABELS threads)
unit_test(queue_turn SOURCES ${CMAKE_CURRENT_LIST_DIR}/queue_turn.c LIBRARIES gw_runtime LABELS threads)
