# The file module, loaded as the gateway loads it, on drops in /tmp.
foreach(part file file_defects)
  unit_test(${part} SOURCES ${part}.c file_fixture.c LIBRARIES ${CMAKE_DL_LIBS} Threads::Threads LABELS "file;threads")
  add_dependencies(test_${part} file_module)
  target_compile_definitions(test_${part} PRIVATE FILE_MODULE="$<TARGET_FILE:file_module>")
endforeach()
unit_test(file_name SOURCES file_name.c ../../transports/file/name.c ../../transports/file/whole.c LABELS "file")
unit_test(file_sequence SOURCES file_sequence.c file_fixture.c ../../transports/file/record.c ../../transports/file/name.c
          ../../transports/file/digest.c LIBRARIES PkgConfig::GNUTLS ${CMAKE_DL_LIBS} Threads::Threads LABELS "file;threads")
add_dependencies(test_file_sequence file_module)
target_compile_definitions(test_file_sequence PRIVATE FILE_MODULE="$<TARGET_FILE:file_module>")
unit_test(file_record SOURCES file_record.c ../../transports/file/record.c ../../transports/file/received.c
          ../../transports/file/name.c LABELS "file")
unit_test(file_manifest SOURCES file_manifest.c ../../transports/file/manifest.c ../../transports/file/record.c
          ../../transports/file/digest.c ../../transports/file/name.c LIBRARIES PkgConfig::GNUTLS LABELS "file")
