# The message vectors: still what their generators make, and read by Wireshark as what they are.
find_program(PYTHON3 NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
if(PYTHON3)
  foreach(generator make make_bad make_tcp)
    add_test(NAME system.vectors_${generator}
             COMMAND ${PYTHON3} -B ${PROJECT_SOURCE_DIR}/tests/vectors/${generator}.py --check)
  endforeach()
endif()
add_test(NAME system.vectors_tshark COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/vectors_tshark)
set_tests_properties(system.vectors_tshark PROPERTIES SKIP_RETURN_CODE 77)
