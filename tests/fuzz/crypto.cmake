# Keys, signatures, MACs and certificates as strangers may send them.  The seeds are of openssl; those
# for paths lead to the anchors beside them.
fuzz_target(crypto SOURCES fuzz_crypto.c LIBRARIES gw_crypto
            CORPUS ${CMAKE_CURRENT_SOURCE_DIR}/crypto OPTIONS -max_len=6000)
foreach(target replay_crypto fuzz_crypto)
  if(TARGET ${target})
    target_compile_definitions(${target} PRIVATE ANCHORS="${CMAKE_CURRENT_SOURCE_DIR}/crypto_anchors.pem")
  endif()
endforeach()
