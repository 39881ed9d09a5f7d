# Keys and algorithms: vectors of the standards, and the openssl command on the other side.
foreach(part crypto crypto_mac crypto_sign crypto_hostile crypto_key crypto_path crypto_ocsp)
  unit_test(${part} SOURCES ${part}.c crypto_fixture.c LIBRARIES gw_crypto Threads::Threads LABELS "crypto;threads")
endforeach()
