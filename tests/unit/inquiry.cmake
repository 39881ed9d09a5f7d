# Who is asked about foreign certificates, and who waits for it.
unit_test(place SOURCES ${CMAKE_CURRENT_LIST_DIR}/place.c LIBRARIES gw_runtime)
unit_test(inquiry SOURCES ${CMAKE_CURRENT_LIST_DIR}/inquiry.c ${CMAKE_CURRENT_LIST_DIR}/crypto_fixture.c LIBRARIES gw_runtime LABELS threads)
