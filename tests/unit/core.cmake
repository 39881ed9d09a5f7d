# The core whole, between a transport and a backend in the test's hands.
add_library(core_help STATIC protocol_help.c core_help.c core_refusal.c)
target_link_libraries(core_help PUBLIC gw_core PkgConfig::SQLITE)
foreach(part polling approval confirm old quirk signer delay)
  unit_test(core_${part} SOURCES core_${part}.c LIBRARIES core_help LABELS "threads")
endforeach()
