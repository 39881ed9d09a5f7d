# Both TCP framings, which http bodies use as well.
unit_test(framing SOURCES framing.c ../../transports/framing/frame.c ../../transports/framing/reader.c
          LABELS "tcp;vectors")
