# The file module, loaded as the gateway loads it, on drops in /tmp.
foreach(part file file_defects)
  unit_test(${part} SOURCES ${part}.c file_fixture.c LIBRARIES ${CMAKE_DL_LIBS} Threads::Threads LABELS "file;threads")
  add_dependencies(test_${part} file_module)
  target_compile_definitions(test_${part} PRIVATE FILE_MODULE="$<TARGET_FILE:file_module>")
endforeach()
unit_test(file_name SOURCES file_name.c ../../transports/file/name.c ../../transports/file/whole.c LABELS "file")
