# The core whole, between a transport and a backend in the test's hands.
foreach(part polling approval confirm old quirk signer delay)
  unit_test(core_${part} SOURCES core_${part}.c core_help.c protocol_help.c LIBRARIES gw_core LABELS "threads")
endforeach()
