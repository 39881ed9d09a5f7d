# Each body valid, and then with one thing wrong: real keys, a real store, the real codec.
foreach(part status name protection header request enrol revoke follow respond general ra nested quirk quirk_sender odd text)
  unit_test(protocol_${part}
    SOURCES protocol_${part}.c protocol_help.c ${PROJECT_SOURCE_DIR}/gateway/inventory.c
    LIBRARIES gw_protocol LABELS "protocol")
endforeach()
# The same with what no honest client sends and no healthy disk holds.
foreach(part signer bounds broken scope sha1 nonce)
  unit_test(protocol_${part}
    SOURCES protocol_${part}.c protocol_help.c protocol_forge.c ${PROJECT_SOURCE_DIR}/gateway/inventory.c
    LIBRARIES gw_protocol PkgConfig::SQLITE PkgConfig::GNUTLS LABELS "protocol")
endforeach()
