# The tcp module, loaded as the gateway loads it, over real sockets.
function(tcp_test name)
  unit_test(${name} SOURCES ${name}.c tcp_wire.c http_fixture.c ../../transports/framing/frame.c ${ARGN}
            LIBRARIES ${CMAKE_DL_LIBS} Threads::Threads LABELS "tcp;threads")
  add_dependencies(test_${name} tcp_module)
  target_compile_definitions(test_${name} PRIVATE FIXTURE_TCP FIXTURE_MODULE="$<TARGET_FILE:tcp_module>")
endfunction()

tcp_test(tcp)
tcp_test(tcp_limits)
tcp_test(tcp_client)
