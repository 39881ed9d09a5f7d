# Keys and algorithms: vectors of the standards, and the openssl command on the other side.
foreach(part crypto crypto_mac crypto_sign crypto_key crypto_path)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${part}.c)
  unit_test(${part} SOURCES ${part}.c crypto_fixture.c LIBRARIES gw_crypto Threads::Threads LABELS "crypto")
  endif()
endforeach()
