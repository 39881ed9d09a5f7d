# One message through the whole protocol, with real keys, a real store and the embedded CA.
fuzz_target(message SOURCES fuzz_message.c LIBRARIES gw_core CORPUS ${PROJECT_SOURCE_DIR}/tests/vectors)
foreach(target replay_message fuzz_message)
  if(TARGET ${target})
    add_dependencies(${target} http_module ca_module)
  endif()
endforeach()
