# libcmpcodec: rules, tables, limits, values, text, and every message in tests/vectors.
foreach(part leaf table limits value oid build lookup text vectors odd)
  unit_test(codec_${part} SOURCES codec_${part}.c LIBRARIES cmpcodec LABELS "codec")
endforeach()

# A member whose C type disagrees with its ASN.1 type must not compile: the same file with and
# without its mistakes.
foreach(mistake NONE LEAF_FOR_LIST WRONG_STRUCT IMPLICIT_CHOICE NO_SUCH_MEMBER)
  add_test(NAME unit.codec_mistake_${mistake}
           COMMAND ${CMAKE_C_COMPILER} -std=c11 -fsyntax-only -D${mistake} -I${PROJECT_SOURCE_DIR}
                   ${CMAKE_CURRENT_SOURCE_DIR}/codec_mistake.c)
  set_tests_properties(unit.codec_mistake_${mistake} PROPERTIES LABELS "unit;codec")
  if(NOT mistake STREQUAL NONE)
    set_tests_properties(unit.codec_mistake_${mistake} PROPERTIES WILL_FAIL TRUE)
  endif()
endforeach()
