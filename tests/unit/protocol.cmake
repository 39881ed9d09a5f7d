# Each body valid, and then with one thing wrong: real keys, a real store, the real codec; what is refused, by a whole gateway too.
foreach(part status name protection header request enrol revoke follow respond general ra nested quirk quirk_sender odd text altname certlist)
  unit_test(protocol_${part} SOURCES protocol_${part}.c LIBRARIES core_help LABELS "protocol")
endforeach()
# The same with what no honest client sends and no healthy disk holds.
foreach(part signer bounds broken scope sha1 nonce)
  unit_test(protocol_${part} SOURCES protocol_${part}.c protocol_forge.c LIBRARIES core_help PkgConfig::GNUTLS LABELS "protocol")
endforeach()
