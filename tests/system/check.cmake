if(TARGET cmpgate AND TARGET http_module AND TARGET ca_module)
  add_test(NAME system.check
           COMMAND ${CMAKE_CURRENT_LIST_DIR}/check $<TARGET_FILE:cmpgate> ${PROJECT_SOURCE_DIR}/docs)
  set_tests_properties(system.check PROPERTIES LABELS system TIMEOUT 60)
endif()
